import Button from '@material-ui/core/Button';
import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import { Moment, Reachability } from 'backstage-plugin-database-ops-common';
import { ErrorNote } from '../layout/notes';
import { Live } from '../live/useLive';
import { StatusLabel } from '../status/StatusLabel';
import { formatSeconds } from '../time/format';
import { When } from '../time/When';
import { Size } from '../units/Size';
import { Sentence } from '../time/Sentence';

const useStyles = makeStyles(theme => ({
  root: { minHeight: 72, marginTop: theme.spacing(1) },
  nearest: { display: 'flex', flexWrap: 'wrap', gap: theme.spacing(1) },
}));

function HowLong(props: { reach: Reachability }) {
  const { estimatedSeconds, estimateErrorSeconds, estimateSamples } =
    props.reach;
  if (estimatedSeconds === undefined) {
    return <>How long it takes is not known until a restore was measured.</>;
  }
  return (
    <>
      About {formatSeconds(estimatedSeconds)}
      {estimateErrorSeconds !== undefined &&
        ` (± ${formatSeconds(estimateErrorSeconds)})`}
      {estimateSamples !== undefined &&
        `, by ${estimateSamples} measured ${estimateSamples === 1 ? 'restore' : 'restores'}`}
      .
    </>
  );
}

/** Whether a moment can be restored, from what and how long it takes. */
export function Reach(props: {
  live: Live<Reachability | undefined>;
  onNearest: (moment: Moment) => void;
}) {
  const classes = useStyles();
  const { live } = props;
  const reach = live.value;
  if (live.error && !reach) {
    return (
      <div className={classes.root}>
        <ErrorNote
          error={live.error}
          what="whether this moment can be restored"
          onRetry={live.refresh}
        />
      </div>
    );
  }
  if (!reach) {
    return (
      <Typography variant="body2" className={classes.root} role="status">
        {live.loading ? 'Asking whether this moment can be restored.' : ''}
      </Typography>
    );
  }
  if (!reach.reachable) {
    return (
      <div className={classes.root}>
        <Typography variant="body2" component="div" role="alert">
          <StatusLabel look="bad" word="Cannot be restored" />
          <div>
            <Sentence text={reach.sentence} />
          </div>
        </Typography>
        <div className={classes.nearest}>
          {(reach.nearest ?? []).map(moment => (
            <Button
              key={`${moment.timeline}/${moment.time}`}
              size="small"
              color="primary"
              onClick={() => props.onNearest(moment)}
            >
              Take&nbsp;
              <When at={moment.time} yours exact />
            </Button>
          ))}
        </div>
      </div>
    );
  }
  return (
    <Typography
      variant="body2"
      component="div"
      className={classes.root}
      role="status"
    >
      <StatusLabel look="good" word="Can be restored" />
      <div>
        <Sentence text={reach.sentence} />
      </div>
      <div>
        {reach.backupId && (
          <>
            From backup {reach.backupId}
            {reach.replayBytes !== undefined && (
              <>
                {' '}
                and <Size bytes={reach.replayBytes} /> of log
              </>
            )}
            .{' '}
          </>
        )}
        <HowLong reach={reach} />
      </div>
      {reach.repositorySentence && <div>{reach.repositorySentence}</div>}
    </Typography>
  );
}
