import { Link } from '@backstage/core-components';
import { useRouteRef } from '@backstage/core-plugin-api';
import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import { PolicySchedule } from 'backstage-plugin-database-ops-common';
import { DatabaseLink } from '../fleet/DatabaseLink';
import { operationRouteRef } from '../routes';
import { StatusLabel } from '../status/StatusLabel';
import { formatIsoDuration } from '../time/format';
import { Age, When } from '../time/When';

const useStyles = makeStyles(theme => ({
  runs: {
    '& summary': { cursor: 'pointer' },
    '& ol': { margin: 0, paddingLeft: theme.spacing(3) },
  },
}));

/** What became of the last due run, as the backend names it. */
const OUTCOMES: Readonly<Record<string, string>> = {
  requested: 'requested',
  'made-up': 'made up afterwards',
  moved: 'moved',
  skipped: 'skipped',
};

function LastRun(props: { schedule: PolicySchedule }) {
  const { lastDueAt, lastOutcome, lastReason, lastOperationId } =
    props.schedule;
  const operationRoute = useRouteRef(operationRouteRef);
  if (!lastDueAt) {
    return null;
  }
  const words = lastOutcome ? (OUTCOMES[lastOutcome] ?? lastOutcome) : '';
  return (
    <>
      {' '}
      Last due <When at={lastDueAt} yours />
      {words && ', '}
      {lastOperationId ? (
        <Link
          to={operationRoute({ operationId: lastOperationId })}
          underline="always"
        >
          {words || 'its operation'}
        </Link>
      ) : (
        words
      )}
      {lastReason && ` (${lastReason})`}.
    </>
  );
}

/** One schedule: what it does where and when, its next runs and its last. */
export function PolicyScheduleItem(props: { schedule: PolicySchedule }) {
  const classes = useStyles();
  const { schedule } = props;
  const [next, ...later] = schedule.nextRuns;
  return (
    <Typography variant="body2" component="li">
      <strong>{schedule.name}</strong> of{' '}
      <DatabaseLink databaseId={schedule.databaseId} amongWords />:{' '}
      {schedule.type ? `${schedule.type} ` : ''}
      {schedule.kind ?? 'backup'}, <code>{schedule.cron}</code> (
      {schedule.timeZone})
      {schedule.jitter && `, spread over ${formatIsoDuration(schedule.jitter)}`}
      {schedule.missed === 'skip' && ', a missed run is not made up'}.{' '}
      {schedule.suspended && <StatusLabel look="warning" word="Suspended" />}
      {!schedule.suspended && next && (
        <>
          Next <When at={next} yours /> (<Age at={next} />
          ).
        </>
      )}
      <LastRun schedule={schedule} />
      {schedule.waitingReason && <div>{schedule.waitingReason}</div>}
      {!schedule.suspended && later.length > 0 && (
        <details className={classes.runs}>
          <summary>The next {schedule.nextRuns.length} runs</summary>
          <ol aria-label={`Next runs of ${schedule.name}`}>
            {schedule.nextRuns.map(at => (
              <li key={at}>
                <When at={at} yours />
              </li>
            ))}
          </ol>
        </details>
      )}
    </Typography>
  );
}
