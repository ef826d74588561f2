import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import {
  PolicyChange,
  PolicyPreview,
} from 'backstage-plugin-database-ops-common';
import { DatabaseLink } from '../fleet/DatabaseLink';
import { EmptyNote } from '../layout/notes';
import { StatusLabel } from '../status/StatusLabel';
import { When } from '../time/When';
import { CHANGE_TITLES } from './words';

const useStyles = makeStyles(theme => ({
  list: { listStyle: 'none', padding: 0, margin: 0 },
  item: {
    padding: theme.spacing(1, 0),
    '& + &': { borderTop: `1px solid ${theme.palette.divider}` },
  },
  path: { overflowWrap: 'anywhere' },
}));

const SHOWN_RUNS = 3;

function Runs(props: { title: string; runs?: readonly string[] }) {
  const { title, runs } = props;
  if (!runs || runs.length === 0) {
    return null;
  }
  return (
    <div>
      {title}{' '}
      {runs.slice(0, SHOWN_RUNS).map((at, index) => (
        <span key={at}>
          {index > 0 && ', '}
          <When at={at} yours />
        </span>
      ))}
      {runs.length > SHOWN_RUNS && ' …'}
    </div>
  );
}

function Change(props: { change: PolicyChange }) {
  const { change } = props;
  const removed = change.backupsRemoved ?? [];
  return (
    <>
      <strong>{CHANGE_TITLES[change.kind]}</strong> of{' '}
      <DatabaseLink databaseId={change.databaseId} amongWords /> by{' '}
      {change.policyName}: {change.sentence}
      <Runs title="Next runs now" runs={change.nextRunsBefore} />
      <Runs title="Next runs then" runs={change.nextRunsAfter} />
      {removed.length > 0 && (
        <div>
          <StatusLabel
            look="warning"
            word={`${removed.length} more ${removed.length === 1 ? 'backup' : 'backups'} would go`}
          />{' '}
          {removed.join(', ')}
        </div>
      )}
    </>
  );
}

/** What a change of policies would do, or what is wrong with it and where. */
export function PreviewChanges(props: { preview: PolicyPreview }) {
  const { errors, changes } = props.preview;
  const classes = useStyles();
  if (errors.length > 0) {
    return (
      <div role="alert">
        <Typography variant="body1" component="div">
          <StatusLabel
            look="bad"
            word={`${errors.length} ${errors.length === 1 ? 'error' : 'errors'}: this would not be taken`}
          />
        </Typography>
        <ul className={classes.list} aria-label="Errors">
          {errors.map(({ path, message }) => (
            <Typography
              key={`${path} ${message}`}
              variant="body2"
              component="li"
              className={classes.item}
            >
              <code className={classes.path}>{path}</code>
              <div>{message}</div>
            </Typography>
          ))}
        </ul>
      </div>
    );
  }
  if (changes.length === 0) {
    return (
      <EmptyNote>
        It would change nothing for any database: the policies say this already,
        or no database uses them.
      </EmptyNote>
    );
  }
  return (
    <ul className={classes.list} aria-label="What would change">
      {changes.map(change => (
        <Typography
          key={`${change.databaseId} ${change.kind} ${change.sentence}`}
          variant="body2"
          component="li"
          className={classes.item}
        >
          <Change change={change} />
        </Typography>
      ))}
    </ul>
  );
}
