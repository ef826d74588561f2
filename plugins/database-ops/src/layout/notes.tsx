import { ReactNode } from 'react';
import Button from '@material-ui/core/Button';
import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import { isForbidden, isNotFound, sentenceOf } from '../api/errors';
import { StatusIcon } from '../status/StatusLabel';

const useStyles = makeStyles(theme => ({
  root: { display: 'flex', alignItems: 'flex-start' },
  icon: { lineHeight: 1.5, display: 'flex', paddingTop: 3 },
  actions: {
    marginTop: theme.spacing(1),
    marginLeft: theme.spacing(-1),
    display: 'flex',
    flexWrap: 'wrap',
  },
  hidden: {
    position: 'absolute',
    width: 1,
    height: 1,
    overflow: 'hidden',
    clip: 'rect(0 0 0 0)',
    whiteSpace: 'nowrap',
  },
}));

/** Why something cannot be shown or done, and what to do about it. */
export function ErrorNote(props: {
  error: Error;
  /** What was wanted, for example "the alerts of analytics-timescale". */
  what: string;
  /** It was to be done, not to be seen. */
  doing?: boolean;
  onRetry?: () => void;
}) {
  const classes = useStyles();
  const { error, what } = props;
  let first = `Could not load ${what}.`;
  let next = sentenceOf(error);
  if (props.doing) {
    first = `Could not record ${what}.`;
  } else if (isForbidden(error)) {
    first = `You may not see ${what}.`;
    next = `${next} Ask its owner for access, then reload the page.`;
  } else if (isNotFound(error)) {
    first = `There is no ${what}, or you may not see it.`;
  }
  return (
    <div role="alert" className={classes.root}>
      <span className={classes.icon}>
        <StatusIcon look={isForbidden(error) ? 'ended' : 'bad'} />
      </span>
      <div>
        <Typography variant="body2">{first}</Typography>
        <Typography variant="body2" color="textSecondary">
          {next}
        </Typography>
        {props.onRetry && !isForbidden(error) && (
          <div className={classes.actions}>
            <Button size="small" color="primary" onClick={props.onRetry}>
              Try again
            </Button>
          </div>
        )}
      </div>
    </div>
  );
}

/** That there is nothing yet, and what would make something appear. */
export function EmptyNote(props: { children: ReactNode; action?: ReactNode }) {
  const classes = useStyles();
  return (
    <div>
      <Typography variant="body2" color="textSecondary" component="div">
        {props.children}
      </Typography>
      {props.action && <div className={classes.actions}>{props.action}</div>}
    </div>
  );
}

/** Says a change to screen readers without showing it twice. */
export function Announce(props: { text: string }) {
  const classes = useStyles();
  return (
    <span role="status" aria-live="polite" className={classes.hidden}>
      {props.text}
    </span>
  );
}
