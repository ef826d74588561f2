import { useApi } from '@backstage/core-plugin-api';
import Grid from '@material-ui/core/Grid';
import TextField from '@material-ui/core/TextField';
import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import { Panel, PanelList } from 'backstage-plugin-database-ops-common';
import { databaseOpsApiRef } from '../api/DatabaseOpsApi';
import { LiveCard } from '../layout/LiveCard';
import { EmptyNote } from '../layout/notes';
import { useQueryValue } from '../layout/useShown';
import { useLive } from '../live/useLive';
import { PanelTile } from './PanelTile';
import { PANEL_SPANS, PanelSpan, REFRESH_SECONDS } from './range';

const DEFAULT_REFRESH_SECONDS = 30;

const useStyles = makeStyles(theme => ({
  controls: {
    display: 'flex',
    gap: theme.spacing(2),
    padding: theme.spacing(1),
  },
  frame: { width: '100%', height: 240, border: 0 },
}));

function GrafanaPanel(props: { panel: Panel }) {
  const classes = useStyles();
  const { panel } = props;
  return (
    <iframe
      className={classes.frame}
      title={panel.title}
      src={panel.embedUrl}
      loading="lazy"
      referrerPolicy="no-referrer"
      sandbox="allow-scripts allow-same-origin"
    />
  );
}

function Panels(props: {
  databaseId: string;
  list: PanelList;
  span: PanelSpan;
  refreshSeconds: number;
}) {
  const { databaseId, list, ...timing } = props;
  if (list.state === 'not-configured') {
    return (
      <EmptyNote>
        No panels. {list.reason ?? 'Prometheus is not configured.'} Set{' '}
        <code>databaseOps.prometheus.url</code> and a dashboard for this engine
        under <code>databaseOps.panels</code>, and its panels are drawn here.
      </EmptyNote>
    );
  }
  if (list.items.length === 0) {
    return (
      <EmptyNote>
        The dashboard of {databaseId} has no time-series or stat panel.
      </EmptyNote>
    );
  }
  return (
    <Grid container spacing={3}>
      {list.items.map(panel => (
        <Grid
          item
          xs={panel.type === 'stat' ? 6 : 12}
          sm={panel.type === 'stat' ? 3 : 6}
          key={panel.id}
        >
          {list.state === 'grafana' && panel.embedUrl ? (
            <GrafanaPanel panel={panel} />
          ) : (
            <PanelTile databaseId={databaseId} panel={panel} {...timing} />
          )}
        </Grid>
      ))}
    </Grid>
  );
}

/** The panels of a database's dashboard, native or from Grafana. */
export function PanelsCard(props: { databaseId: string }) {
  const { databaseId } = props;
  const classes = useStyles();
  const api = useApi(databaseOpsApiRef);
  const [spanId, setSpanId] = useQueryValue('range');
  const [refresh, setRefresh] = useQueryValue('refresh');
  const span = PANEL_SPANS.find(({ id }) => id === spanId) ?? PANEL_SPANS[0];
  const refreshSeconds =
    REFRESH_SECONDS.find(seconds => String(seconds) === refresh) ??
    DEFAULT_REFRESH_SECONDS;
  const panels = useLive({
    key: databaseId,
    load: () => api.getPanels(databaseId),
  });
  const count = panels.value?.items.length;
  const native = panels.value?.state !== 'grafana';
  return (
    <LiveCard
      title={count ? `Panels (${count})` : 'Panels'}
      live={panels}
      what={`the panels of ${databaseId}`}
      lines={16}
      action={
        native && (
          <div className={classes.controls}>
            <TextField
              id="database-ops-panel-range"
              label="Range"
              select
              SelectProps={{ native: true }}
              value={span.id}
              onChange={event => setSpanId(event.target.value)}
            >
              {PANEL_SPANS.map(({ id, title }) => (
                <option key={id} value={id}>
                  {title}
                </option>
              ))}
            </TextField>
            <TextField
              id="database-ops-panel-refresh"
              label="Refresh"
              select
              SelectProps={{ native: true }}
              value={refreshSeconds}
              onChange={event => setRefresh(event.target.value)}
            >
              {REFRESH_SECONDS.map(seconds => (
                <option key={seconds} value={seconds}>
                  {seconds === 0 ? 'off' : `${seconds} s`}
                </option>
              ))}
            </TextField>
          </div>
        )
      }
    >
      {list => (
        <>
          <Panels
            databaseId={databaseId}
            list={list}
            span={span}
            refreshSeconds={refreshSeconds}
          />
          {list.state === 'native' && (
            <Typography variant="caption" color="textSecondary">
              {list.dashboardTitle && `From dashboard ${list.dashboardTitle}. `}
              Times of the charts are UTC.
            </Typography>
          )}
        </>
      )}
    </LiveCard>
  );
}
