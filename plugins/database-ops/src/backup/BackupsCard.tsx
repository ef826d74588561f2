import { useRef } from 'react';
import { useApi } from '@backstage/core-plugin-api';
import Button from '@material-ui/core/Button';
import Table from '@material-ui/core/Table';
import TableBody from '@material-ui/core/TableBody';
import TableCell from '@material-ui/core/TableCell';
import TableContainer from '@material-ui/core/TableContainer';
import TableHead from '@material-ui/core/TableHead';
import TableRow from '@material-ui/core/TableRow';
import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import { Backup, Database } from 'backstage-plugin-database-ops-common';
import { databaseOpsApiRef } from '../api/DatabaseOpsApi';
import { firstRows } from '../api/pages';
import { ActionButton } from '../layout/ActionButton';
import { LiveCard } from '../layout/LiveCard';
import { EmptyNote } from '../layout/notes';
import { repositoriesOf } from '../layout/RepositoryChoice';
import { RowHeader } from '../layout/RowHeader';
import { stackedTable } from '../layout/stackedTable';
import { useQueryValue } from '../layout/useShown';
import { useLive } from '../live/useLive';
import { reasonAgainst } from '../operations/reasons';
import { StatusWord } from '../status/kinds';
import { StatusLabel } from '../status/StatusLabel';
import { formatSeconds } from '../time/format';
import { Age, When } from '../time/When';
import { Size } from '../units/Size';
import { backupKey } from './backupKey';
import { BreakGlassDrawer } from './BreakGlassDrawer';
import { takesBackups, whyNotRestorable } from './restorable';

const PAGE_ROWS = 10;

const MORE_ROWS = 50;

const useStyles = makeStyles(theme => ({ table: stackedTable(theme) }));

const BACKUP_WORDS: Record<Backup['state'], StatusWord> = {
  present: { look: 'good', word: 'Present' },
  missing: { look: 'bad', word: 'Missing' },
  damaged: { look: 'bad', word: 'Damaged' },
  unknown: { look: 'unknown', word: 'Unknown' },
};

function BackupRow(props: {
  backup: Backup;
  database: Database;
  onRestore: () => void;
  onBreakGlass: () => void;
}) {
  const { backup, database } = props;
  const tookSeconds =
    (Date.parse(backup.stoppedAt) - Date.parse(backup.startedAt)) / 1000;
  const reason =
    backup.state === 'present'
      ? reasonAgainst(database, 'restore')
      : `Backup ${backup.id} is ${backup.state} in ${backup.repositoryId ? `repository ${backup.repositoryId}` : 'the repository'}.`;
  return (
    <TableRow>
      <RowHeader>{backup.id}</RowHeader>
      <TableCell data-label="Type">{backup.type}</TableCell>
      {repositoriesOf(database).length > 0 && (
        <TableCell data-label="Repository">{backup.repositoryId}</TableCell>
      )}
      <TableCell data-label="Finished">
        <When at={backup.stoppedAt} yours />
        <Typography variant="body2" color="textSecondary">
          <Age at={backup.stoppedAt} />, took {formatSeconds(tookSeconds)}
        </Typography>
      </TableCell>
      <TableCell data-label="Size">
        <Size bytes={backup.sizeBytes} />
        {backup.repositorySizeBytes !== undefined && (
          <Typography variant="body2" color="textSecondary">
            <Size bytes={backup.repositorySizeBytes} /> stored
          </Typography>
        )}
      </TableCell>
      <TableCell data-label="State">
        <StatusLabel {...BACKUP_WORDS[backup.state]} />
        {backup.proved && (
          <Typography variant="body2" color="textSecondary" component="div">
            proved <Age at={backup.proved.at} />
          </Typography>
        )}
        {backup.pinned && (
          <Typography variant="body2" color="textSecondary" component="div">
            pinned
          </Typography>
        )}
      </TableCell>
      <TableCell>
        <ActionButton
          size="small"
          color="primary"
          aria-label={`Restore ${backup.id}`}
          disabledReason={reason}
          onClick={props.onRestore}
        >
          Restore…
        </ActionButton>
        {backup.breakGlass && backup.breakGlass.length > 0 && (
          <Button
            size="small"
            aria-label={`Shell commands that restore ${backup.id}`}
            onClick={props.onBreakGlass}
          >
            Shell commands
          </Button>
        )}
      </TableCell>
    </TableRow>
  );
}

/** Why there is no backup, and what would make one. */
function whyNone(database: Database): string {
  if (!takesBackups(database)) {
    return `${whyNotRestorable(database)}: ${database.engine} is watched, not backed up.`;
  }
  return database.policyName
    ? `No backups of ${database.id} yet. Policy ${database.policyName} makes the first when it is due, or back it up now.`
    : `No backups of ${database.id} yet. It has no policy: set databaseOps.databases.<id>.policy so that it is backed up by itself.`;
}

/** The backups of a database, newest first. */
export function BackupsCard(props: {
  database: Database;
  onRestore: (backup: Backup) => void;
  onRetention: () => void;
}) {
  const { database } = props;
  const classes = useStyles();
  const api = useApi(databaseOpsApiRef);
  const rows = useRef(PAGE_ROWS);
  const [breakGlassOf, setBreakGlassOf] = useQueryValue('breakGlass');
  const backups = useLive({
    key: database.id,
    load: () =>
      firstRows(rows.current, page => api.getBackups(database.id, page)),
    intervalSeconds: 120,
    refreshOn: signal =>
      signal.type === 'backups' && signal.databaseId === database.id,
  });
  return (
    <LiveCard
      title="Backups"
      live={backups}
      what={`the backups of ${database.id}`}
      lines={PAGE_ROWS}
      action={
        <Button size="small" color="primary" onClick={props.onRetention}>
          Retention
        </Button>
      }
    >
      {list =>
        list.items.length === 0 ? (
          <EmptyNote>{whyNone(database)}</EmptyNote>
        ) : (
          <>
            <TableContainer>
              <Table
                size="small"
                aria-label={`Backups of ${database.id}`}
                className={classes.table}
              >
                <TableHead>
                  <TableRow>
                    <TableCell>Backup</TableCell>
                    <TableCell>Type</TableCell>
                    {repositoriesOf(database).length > 0 && (
                      <TableCell>Repository</TableCell>
                    )}
                    <TableCell>Finished</TableCell>
                    <TableCell>Size</TableCell>
                    <TableCell>State</TableCell>
                    <TableCell>Actions</TableCell>
                  </TableRow>
                </TableHead>
                <TableBody>
                  {list.items.map(backup => (
                    <BackupRow
                      key={backupKey(backup)}
                      backup={backup}
                      database={database}
                      onRestore={() => props.onRestore(backup)}
                      onBreakGlass={() => setBreakGlassOf(backupKey(backup))}
                    />
                  ))}
                </TableBody>
              </Table>
            </TableContainer>
            <Typography variant="body2" color="textSecondary">
              {list.items.length} of {list.totalItems}
              {list.inventoryObservedAt && (
                <>
                  , repository read <Age at={list.inventoryObservedAt} />
                </>
              )}
              .
            </Typography>
            {list.items.length < list.totalItems && (
              <Button
                size="small"
                color="primary"
                onClick={() => {
                  rows.current += MORE_ROWS;
                  backups.refresh();
                }}
              >
                Show more
              </Button>
            )}
            <BreakGlassDrawer
              backup={list.items.find(
                backup => backupKey(backup) === breakGlassOf,
              )}
              onClose={() => setBreakGlassOf(undefined)}
            />
          </>
        )
      }
    </LiveCard>
  );
}
