import TextField from '@material-ui/core/TextField';
import Typography from '@material-ui/core/Typography';
import { Backup } from 'backstage-plugin-database-ops-common';
import { backupKey } from '../backup/backupKey';
import { LiveContent } from '../layout/LiveCard';
import { EmptyNote } from '../layout/notes';
import { formatUtcAndYours } from '../time/format';
import { useNow } from '../time/useNow';
import { formatBytes } from '../units/format';
import { RestoreDraft } from './useRestoreDraft';

function backupWords(backup: Backup, now: number): string {
  const size =
    backup.sizeBytes === undefined ? '' : `, ${formatBytes(backup.sizeBytes)}`;
  const proved = backup.proved ? ', proved' : '';
  const where = backup.repositoryId ? `, in ${backup.repositoryId}` : '';
  return `${formatUtcAndYours(backup.stoppedAt, now)}, ${backup.type}${size}${proved}${where}, ${backup.id}`;
}

/** The backups that the repository holds, as a choice. */
export function BackupPicker(props: {
  databaseId: string;
  draft: RestoreDraft;
}) {
  const { databaseId, draft } = props;
  const now = useNow(60);
  const { backup, present } = draft;
  return (
    <LiveContent
      live={draft.backups}
      what={`the backups of ${databaseId}`}
      lines={2}
    >
      {() =>
        present.length === 0 ? (
          <EmptyNote>
            The repository holds no backup of {databaseId} that can be restored.
            Back it up first.
          </EmptyNote>
        ) : (
          <>
            <TextField
              id="database-ops-backup"
              label="Backup"
              select
              SelectProps={{ native: true }}
              value={backup ? backupKey(backup) : ''}
              onChange={event => draft.setBackupKey(event.target.value)}
              fullWidth
              margin="normal"
            >
              {present.map(each => (
                <option key={backupKey(each)} value={backupKey(each)}>
                  {backupWords(each, now)}
                </option>
              ))}
            </TextField>
            {backup && backup.chain.length > 1 && (
              <Typography variant="body2" color="textSecondary">
                Needs {backup.chain.join(', ')}.
              </Typography>
            )}
          </>
        )
      }
    </LiveContent>
  );
}
