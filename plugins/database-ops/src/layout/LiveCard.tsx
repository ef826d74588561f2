import { ReactNode } from 'react';
import { InfoCard } from '@backstage/core-components';
import Button from '@material-ui/core/Button';
import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import Skeleton from '@material-ui/lab/Skeleton';
import { sentenceOf } from '../api/errors';
import { Live } from '../live/useLive';
import { formatUtc } from '../time/format';
import { ErrorNote } from './notes';
import { OUT_OF_DATE } from './outOfDate';

const useStyles = makeStyles(theme => ({
  stale: OUT_OF_DATE,
  staleNote: { marginBottom: theme.spacing(1) },
}));

/** Grey lines that take the place of what is loading. */
export function SkeletonLines(props: { lines: number; label: string }) {
  return (
    <div role="status" aria-label={`Loading ${props.label}`}>
      {Array.from({ length: props.lines }, (_, line) => (
        <Typography key={line} variant="body1">
          <Skeleton animation={false} width={line % 3 === 2 ? '70%' : '100%'} />
        </Typography>
      ))}
    </div>
  );
}

/**
 * The states of something loaded: a skeleton of its size, why it failed, or
 * the value; greyed with the reason when it could not be renewed.
 */
export function LiveContent<T>(props: {
  live: Live<T>;
  /** What is shown, for example "the backups of analytics-timescale". */
  what: string;
  /** Lines of text that the content usually takes. */
  lines: number;
  children: (value: T) => ReactNode;
}) {
  const classes = useStyles();
  const { live, what, lines } = props;
  if (live.value === undefined) {
    return live.error ? (
      <ErrorNote error={live.error} what={what} onRetry={live.refresh} />
    ) : (
      <SkeletonLines lines={lines} label={what} />
    );
  }
  return (
    <>
      {live.error && (
        <Typography
          variant="body2"
          component="div"
          role="status"
          className={classes.staleNote}
        >
          Not renewed since{' '}
          {formatUtc(new Date(live.loadedAt ?? 0).toISOString())}:{' '}
          {sentenceOf(live.error)}{' '}
          <Button size="small" color="primary" onClick={live.refresh}>
            Try again
          </Button>
        </Typography>
      )}
      <div className={live.error ? classes.stale : undefined}>
        {props.children(live.value)}
      </div>
    </>
  );
}

/** A card around {@link LiveContent}. */
export function LiveCard<T>(props: {
  title: string;
  live: Live<T>;
  what: string;
  lines: number;
  action?: ReactNode;
  children: (value: T) => ReactNode;
}) {
  const { title, action, ...content } = props;
  return (
    <InfoCard
      title={title}
      variant="gridItem"
      titleTypographyProps={{ variant: 'h5', component: 'h3' }}
      action={action}
    >
      <LiveContent {...content} />
    </InfoCard>
  );
}
