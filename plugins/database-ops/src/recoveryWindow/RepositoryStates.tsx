import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import {
  Backup,
  Database,
  RecoveryWindow,
} from 'backstage-plugin-database-ops-common';
import { repositoriesOf } from '../layout/RepositoryChoice';
import { StatusLabel } from '../status/StatusLabel';
import { Age } from '../time/When';

const useStyles = makeStyles(theme => ({
  list: {
    listStyle: 'none',
    padding: 0,
    margin: theme.spacing(1, 0, 0),
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fit, minmax(240px, 1fr))',
    gap: theme.spacing(0.5, 2),
  },
}));

function Newest(props: { backups: readonly Backup[] }) {
  const { backups } = props;
  const [newest] = [...backups].sort(
    (a, b) => Date.parse(b.stoppedAt) - Date.parse(a.stoppedAt),
  );
  return newest ? (
    <>
      , {backups.length} {backups.length === 1 ? 'backup' : 'backups'}, the
      newest <Age at={newest.stoppedAt} />
    </>
  ) : (
    <>, no backup</>
  );
}

/** What each of several repositories holds, and whether it answers; nothing where there is one only. */
export function RepositoryStates(props: {
  database: Database;
  window: RecoveryWindow;
  backups: readonly Backup[];
}) {
  const { database, window, backups } = props;
  const classes = useStyles();
  const ids = repositoriesOf(database);
  return ids.length === 0 ? null : (
    <ul className={classes.list} aria-label={`Repositories of ${database.id}`}>
      {ids.map(id => {
        const held = backups.filter(({ repositoryId }) => repositoryId === id);
        const away =
          window.intervals.some(
            each => each.repositoryId === id && each.repositoryUnreachable,
          ) || held.some(({ state }) => state === 'unknown');
        return (
          <Typography key={id} variant="body2" component="li">
            <strong>{id}</strong>{' '}
            <StatusLabel
              {...(away
                ? ({ look: 'bad', word: 'does not answer' } as const)
                : ({ look: 'good', word: 'answers' } as const))}
            />
            <Newest backups={held} />
          </Typography>
        );
      })}
    </ul>
  );
}
