import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import { Database, Session } from 'backstage-plugin-database-ops-common';
import { ActionButton } from '../layout/ActionButton';
import { lackOf } from '../operations/reasons';
import { StatusLabel } from '../status/StatusLabel';
import { formatAge } from '../time/format';
import { SessionNode } from './blocking';
import { SqlText } from './SqlText';

const useStyles = makeStyles(theme => ({
  list: {
    listStyle: 'none',
    padding: 0,
    margin: 0,
    '& &': {
      marginLeft: theme.spacing(1),
      paddingLeft: theme.spacing(2),
      borderLeft: `2px solid ${theme.palette.divider}`,
    },
  },
  session: {
    display: 'flex',
    flexWrap: 'wrap',
    justifyContent: 'space-between',
    alignItems: 'flex-start',
    gap: theme.spacing(0, 1),
    padding: theme.spacing(0.75, 0),
  },
  words: { flex: '1 1 180px', minWidth: 0, overflowWrap: 'anywhere' },
}));

function State(props: { node: SessionNode }) {
  const { session, waiting } = props.node;
  if (session.blockedBy.length > 0) {
    return <StatusLabel look="waiting" word="Waits" />;
  }
  if (waiting.length > 0) {
    return <StatusLabel look="warning" word={`Blocks ${waiting.length}`} />;
  }
  return <StatusLabel look="running" word="Runs" />;
}

function Item(props: {
  database: Database;
  node: SessionNode;
  onCancel: (session: Session) => void;
}) {
  const { database, node, onCancel } = props;
  const { session, waiting } = node;
  const classes = useStyles();
  const whyNot = session.cancellable
    ? lackOf(database, 'run')
    : (session.refusal ?? 'It cannot be cancelled from here.');
  return (
    <li>
      <div className={classes.session}>
        <div className={classes.words}>
          <Typography variant="body2" component="div">
            <State node={node} />
            {session.state !== 'active' && `, ${session.state}`} for{' '}
            {formatAge(session.seconds)}
            {session.waitEvent && ` (${session.waitEvent})`}
          </Typography>
          <Typography variant="body2" color="textSecondary" component="div">
            {session.username}
            {session.application && ` (${session.application})`} in{' '}
            {session.databaseName} on {session.member}
          </Typography>
          {session.text && (
            <Typography variant="body2" component="div">
              <SqlText text={session.text} />
            </Typography>
          )}
        </div>
        <ActionButton
          size="small"
          aria-label={`Cancel the statement of ${session.username}, ${session.sessionId}`}
          disabledReason={whyNot}
          onClick={() => onCancel(session)}
        >
          Cancel…
        </ActionButton>
      </div>
      {waiting.length > 0 && (
        <SessionTree
          database={database}
          nodes={waiting}
          label={`Wait for ${session.username}`}
          onCancel={onCancel}
        />
      )}
    </li>
  );
}

/** Sessions, each with those that wait for it below. */
export function SessionTree(props: {
  database: Database;
  nodes: readonly SessionNode[];
  label: string;
  onCancel: (session: Session) => void;
}) {
  const classes = useStyles();
  const { nodes, label, ...rest } = props;
  return (
    <ul className={classes.list} aria-label={label}>
      {nodes.map(node => (
        <Item key={node.session.sessionId} node={node} {...rest} />
      ))}
    </ul>
  );
}
