import { Link } from '@backstage/core-components';
import { useApi } from '@backstage/core-plugin-api';
import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import { Alert, AlertList } from 'backstage-plugin-database-ops-common';
import { databaseOpsApiRef } from '../api/DatabaseOpsApi';
import { LiveCard } from '../layout/LiveCard';
import { EmptyNote } from '../layout/notes';
import { useLive } from '../live/useLive';
import { SEVERITY_WORDS } from '../status/kinds';
import { StatusLabel } from '../status/StatusLabel';
import { Age, When } from '../time/When';
import { OUT_OF_DATE } from '../layout/outOfDate';

const useStyles = makeStyles(theme => ({
  list: { listStyle: 'none', padding: 0, margin: 0 },
  item: {
    padding: theme.spacing(1, 0),
    '& + &': { borderTop: `1px solid ${theme.palette.divider}` },
    overflowWrap: 'anywhere',
  },
  stale: OUT_OF_DATE,
  note: { marginBottom: theme.spacing(1) },
}));

function AlertItem(props: { alert: Alert }) {
  const classes = useStyles();
  const { alert } = props;
  const look = SEVERITY_WORDS[alert.severity] ?? {
    look: 'unknown',
    word: alert.severity,
  };
  return (
    <li className={classes.item}>
      <Typography variant="body2" component="div">
        <StatusLabel {...look} /> <strong>{alert.name}</strong> since{' '}
        <When at={alert.startsAt} yours /> (<Age at={alert.startsAt} />)
        {alert.state === 'suppressed' && ', silenced'}
      </Typography>
      {(alert.description ?? alert.summary) && (
        <Typography variant="body2" color="textSecondary">
          {alert.description ?? alert.summary}
        </Typography>
      )}
      {alert.runbookUrl && (
        <Typography variant="body2">
          <Link to={alert.runbookUrl}>Runbook for {alert.name}</Link>
        </Typography>
      )}
    </li>
  );
}

function Alerts(props: { list: AlertList }) {
  const classes = useStyles();
  const { list } = props;
  if (list.state === 'not-configured') {
    return (
      <EmptyNote>
        Alertmanager is not configured. Set{' '}
        <code>databaseOps.alertmanager.url</code> in the portal&apos;s
        configuration, and firing alerts of this database appear here.
      </EmptyNote>
    );
  }
  if (list.state === 'unknown') {
    return (
      <Typography variant="body2" component="div" role="status">
        <StatusLabel look="unknown" word="Not known" />
        <div>
          Whether alerts are firing is not known.{' '}
          {list.reason ?? 'Alertmanager did not answer.'}
        </div>
      </Typography>
    );
  }
  const stale = list.state === 'stale';
  return (
    <>
      {stale && (
        <Typography variant="body2" className={classes.note} role="status">
          Alerts as of{' '}
          {list.observedAt ? <Age at={list.observedAt} /> : 'an unknown time'}.{' '}
          {list.reason}
        </Typography>
      )}
      {list.items.length === 0 ? (
        <EmptyNote>
          No alert is firing
          {list.observedAt && !stale && (
            <>
              {' '}
              (Alertmanager asked <Age at={list.observedAt} />)
            </>
          )}
          .
        </EmptyNote>
      ) : (
        <ul className={`${classes.list} ${stale ? classes.stale : ''}`}>
          {list.items.map(alert => (
            <AlertItem key={alert.fingerprint} alert={alert} />
          ))}
        </ul>
      )}
    </>
  );
}

/** Firing alerts of a database. */
export function AlertsCard(props: { databaseId: string }) {
  const { databaseId } = props;
  const api = useApi(databaseOpsApiRef);
  const alerts = useLive({
    key: databaseId,
    load: () => api.getAlerts(databaseId),
    intervalSeconds: 30,
    refreshOn: signal =>
      signal.type === 'health' && signal.databaseId === databaseId,
  });
  const count =
    alerts.value && ['current', 'stale'].includes(alerts.value.state)
      ? ` (${alerts.value.items.length})`
      : '';
  return (
    <LiveCard
      title={`Alerts${count}`}
      live={alerts}
      what={`the alerts of ${databaseId}`}
      lines={7}
    >
      {list => <Alerts list={list} />}
    </LiveCard>
  );
}
