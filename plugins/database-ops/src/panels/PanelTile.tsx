import { useApi } from '@backstage/core-plugin-api';
import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import { Panel, PanelData } from 'backstage-plugin-database-ops-common';
import { databaseOpsApiRef } from '../api/DatabaseOpsApi';
import { LiveContent } from '../layout/LiveCard';
import { useLive } from '../live/useLive';
import { SIGNAL_WORDS } from '../status/kinds';
import { StatusLabel } from '../status/StatusLabel';
import { formatValue } from '../units/format';
import { Chart } from './Chart';
import { Legend } from './Legend';
import { PanelSpan, rangeOf } from './range';
import { factsOf, levelOf, summaryOf } from './series';

const useStyles = makeStyles(theme => ({
  tile: { minHeight: 270 },
  stat: { minHeight: 90 },
  title: { marginBottom: theme.spacing(0.5) },
  values: { display: 'flex', flexWrap: 'wrap', gap: theme.spacing(1, 3) },
}));

function Stat(props: { panel: Panel; data: PanelData }) {
  const classes = useStyles();
  const { panel, data } = props;
  return (
    <div className={classes.values}>
      {data.series.map(factsOf).map(facts => (
        <div key={facts.name}>
          <Typography variant="h5" component="p">
            {facts.last === undefined
              ? 'No value'
              : formatValue(facts.last, panel.unit, panel.decimals)}
          </Typography>
          {data.series.length > 1 && (
            <Typography variant="caption" color="textSecondary">
              {facts.name}
            </Typography>
          )}
          {facts.last !== undefined && levelOf(panel, facts.last) !== 'ok' && (
            <Typography variant="caption" component="div">
              <StatusLabel {...SIGNAL_WORDS[levelOf(panel, facts.last)]} />
            </Typography>
          )}
        </div>
      ))}
    </div>
  );
}

/** One panel of the dashboard, drawn from Prometheus's answer. */
export function PanelTile(props: {
  databaseId: string;
  panel: Panel;
  span: PanelSpan;
  refreshSeconds: number;
}) {
  const { databaseId, panel, span, refreshSeconds } = props;
  const classes = useStyles();
  const api = useApi(databaseOpsApiRef);
  const data = useLive({
    key: `${databaseId} ${panel.id} ${span.id} ${refreshSeconds}`,
    load: () => api.getPanelData(databaseId, panel.id, rangeOf(span)),
    intervalSeconds: refreshSeconds,
  });
  return (
    <section
      aria-label={panel.title}
      className={panel.type === 'stat' ? classes.stat : classes.tile}
    >
      <Typography
        variant="subtitle2"
        component="h4"
        className={classes.title}
        title={panel.description}
      >
        {panel.title}
      </Typography>
      <LiveContent
        live={data}
        what={`panel ${panel.title}`}
        lines={panel.type === 'stat' ? 2 : 8}
      >
        {answer => {
          if (answer.series.length === 0) {
            return (
              <Typography variant="body2" color="textSecondary">
                Prometheus has no series for this panel in the {span.title}.
                Check that the exporter of {databaseId} is scraped.
              </Typography>
            );
          }
          return panel.type === 'stat' ? (
            <Stat panel={panel} data={answer} />
          ) : (
            <>
              <Chart
                panel={panel}
                data={answer}
                summary={summaryOf(panel, answer)}
              />
              <Legend panel={panel} data={answer} />
            </>
          );
        }}
      </LiveContent>
    </section>
  );
}
