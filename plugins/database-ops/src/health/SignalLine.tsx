import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import { Signal } from 'backstage-plugin-database-ops-common';
import { SIGNAL_WORDS, wordOf } from '../status/kinds';
import { StatusIcon } from '../status/StatusLabel';
import { Sentence } from '../time/Sentence';

const useStyles = makeStyles(theme => ({
  row: {
    display: 'flex',
    alignItems: 'baseline',
    padding: theme.spacing(0.5, 0),
  },
  icon: {
    flexShrink: 0,
    display: 'flex',
    alignSelf: 'flex-start',
    paddingTop: 3,
  },
}));

/** One signal of a list: icon, name and sentence. */
export function SignalLine(props: { signal: Signal }) {
  const classes = useStyles();
  const { signal } = props;
  const { look, word } = wordOf(SIGNAL_WORDS, signal.status);
  return (
    <li className={classes.row}>
      <span className={classes.icon}>
        <StatusIcon
          look={look}
          label={signal.status === 'ok' ? word : undefined}
        />
      </span>
      <Typography variant="body2">
        <strong>
          {signal.status === 'ok' ? '' : `${word}: `}
          {signal.title}
        </strong>{' '}
        <Sentence text={signal.sentence} />
      </Typography>
    </li>
  );
}
