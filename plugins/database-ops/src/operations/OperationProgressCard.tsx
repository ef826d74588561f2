import { InfoCard } from '@backstage/core-components';
import LinearProgress from '@material-ui/core/LinearProgress';
import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import {
  Operation,
  OperationEvent,
} from 'backstage-plugin-database-ops-common';
import { formatSeconds, formatUtcAndYours, secondsSince } from '../time/format';
import { useNow } from '../time/useNow';
import { formatBytes } from '../units/format';
import { isActive, paceOf, stepsOf } from './progress';

const useStyles = makeStyles(theme => ({
  bar: { height: 8, margin: theme.spacing(1, 0) },
  steps: { paddingLeft: theme.spacing(3), margin: theme.spacing(1, 0, 0) },
}));

function progressSentence(
  operation: Operation,
  events: readonly OperationEvent[],
): string {
  const { percent, doneBytes, totalBytes } = operation.progress ?? {};
  const { bytesPerSecond, remainingSeconds } = paceOf(events);
  const parts = [
    percent === undefined ? 'extent not known yet' : `${Math.floor(percent)} %`,
    doneBytes !== undefined && totalBytes !== undefined
      ? `${formatBytes(doneBytes)} of ${formatBytes(totalBytes)}`
      : undefined,
    bytesPerSecond === undefined
      ? undefined
      : `${formatBytes(bytesPerSecond)}/s`,
    remainingSeconds === undefined
      ? 'remaining time: estimating'
      : `about ${formatSeconds(remainingSeconds)} remaining`,
  ];
  return parts.filter(Boolean).join(' · ');
}

/** How long an operation waits, and for what as the backend says. */
function queuedSentence(operation: Operation, now: number): string {
  const waited = formatSeconds(secondsSince(operation.requestedAt, now));
  const { waitingFor, notBefore } = operation;
  if (waitingFor) {
    return `Queued for ${waited}. It waits: ${waitingFor}`;
  }
  if (notBefore && secondsSince(notBefore, now) < 0) {
    return `Queued for ${waited}. It starts at ${formatUtcAndYours(notBefore, now)}.`;
  }
  return `Queued for ${waited}. It starts when a worker is free.`;
}

/** Progress with rate and remaining time, and the steps with their durations. */
export function OperationProgressCard(props: {
  operation: Operation;
  events: readonly OperationEvent[];
}) {
  const classes = useStyles();
  const { operation, events } = props;
  const now = useNow(1);
  const active = isActive(operation);
  const running = operation.state === 'running';
  const steps = stepsOf(operation, events);
  const percent = operation.progress?.percent;
  const step = operation.progress?.step;
  return (
    <InfoCard
      title="Progress"
      titleTypographyProps={{ variant: 'h5', component: 'h3' }}
    >
      {running && (
        <>
          <LinearProgress
            className={classes.bar}
            variant={percent === undefined ? 'indeterminate' : 'determinate'}
            value={percent === undefined ? undefined : percent}
            aria-label={`Progress of the ${operation.kind}`}
          />
          <Typography variant="body2">
            {progressSentence(operation, events)}
          </Typography>
        </>
      )}
      {active && !running && (
        <Typography variant="body2">
          {operation.state === 'queued'
            ? queuedSentence(operation, now)
            : 'Waiting for the approval of a second person.'}
        </Typography>
      )}
      {steps.length === 0 && !active && (
        <Typography variant="body2" color="textSecondary">
          It reported no steps.
        </Typography>
      )}
      {steps.length > 0 && (
        <ol className={classes.steps} aria-label="Steps">
          {steps.map(({ name, startedAt, endedAt }) => (
            <Typography
              key={`${startedAt} ${name}`}
              component="li"
              variant="body2"
              aria-current={
                active && name === step && !endedAt ? 'step' : undefined
              }
            >
              {name},{' '}
              {formatSeconds(
                ((endedAt ? Date.parse(endedAt) : now) -
                  Date.parse(startedAt)) /
                  1000,
              )}
              {!endedAt && active && ' so far'}
            </Typography>
          ))}
        </ol>
      )}
    </InfoCard>
  );
}
