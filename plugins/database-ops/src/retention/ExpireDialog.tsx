import Typography from '@material-ui/core/Typography';
import {
  Database,
  RetentionPreview,
} from 'backstage-plugin-database-ops-common';
import { SecondPerson } from '../approvals/SecondPerson';
import { StartDialog } from '../operations/StartDialog';
import { Size } from '../units/Size';

/** Asks before retention removes what its preview lists. */
export function ExpireDialog(props: {
  database: Database;
  preview: RetentionPreview;
  onClose: () => void;
}) {
  const { database, preview } = props;
  const going = preview.entries.filter(({ keep }) => !keep);
  return (
    <StartDialog
      title={`Remove ${preview.removes} ${preview.removes === 1 ? 'backup' : 'backups'} of ${database.id}?`}
      onClose={props.onClose}
      closeLabel="Keep them"
      button={{ label: 'Expire now', busyLabel: 'Starting' }}
      request={{
        databaseId: database.id,
        kind: 'expire',
        parameters: {
          ...(preview.planHash ? { planHash: preview.planHash } : {}),
          ...(preview.repositoryId
            ? { repositoryId: preview.repositoryId }
            : {}),
        },
      }}
      confirmed
    >
      <Typography variant="body2" paragraph>
        {going.map(({ backupId }) => backupId).join(', ')} and what depends on
        them go
        {preview.freedBytes !== undefined && (
          <>
            , which frees <Size bytes={preview.freedBytes} />
          </>
        )}
        . Exactly this plan runs; when something has changed since, nothing is
        removed and the preview has to be read again.
      </Typography>
      <SecondPerson database={database} kind="expire" />
    </StartDialog>
  );
}
