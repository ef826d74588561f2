import Typography from '@material-ui/core/Typography';
import {
  Database,
  RestoredInstance,
} from 'backstage-plugin-database-ops-common';
import { SecondPerson } from '../approvals/SecondPerson';
import { BlastRadiusPanel } from '../blastRadius/BlastRadiusPanel';
import { StartDialog } from '../operations/StartDialog';
import { When } from '../time/When';

interface InPlaceDialogProps {
  readonly database: Database;
  readonly instance: RestoredInstance;
  readonly onClose: () => void;
}

/** Keeps what was restored onto the source; what was there before goes. */
export function ConfirmInPlaceDialog(props: InPlaceDialogProps) {
  const { database, instance } = props;
  return (
    <StartDialog
      title={`Confirm the restore of ${database.id}`}
      onClose={props.onClose}
      closeLabel="Not yet"
      button={{ label: 'Confirm and remove', busyLabel: 'Starting' }}
      request={{
        databaseId: database.id,
        kind: 'promote',
        parameters: { restoredInstanceId: instance.id },
      }}
      confirmed
    >
      <Typography variant="body2" paragraph>
        {database.id}
        {instance.moment && (
          <>
            {' '}
            as of <When at={instance.moment.time} yours exact />
          </>
        )}{' '}
        stays and gets a full backup. Then what was there before the restore is
        removed: after that it cannot be rolled back any more.
      </Typography>
      <BlastRadiusPanel
        databaseId={database.id}
        of={{ kind: 'promote', restoredInstanceId: instance.id }}
      />
      <SecondPerson database={database} kind="promote" />
    </StartDialog>
  );
}

/** Puts back what was there before a restore onto the source. */
export function RollBackDialog(props: InPlaceDialogProps) {
  const { database, instance } = props;
  return (
    <StartDialog
      title={`Roll back the restore of ${database.id}`}
      onClose={props.onClose}
      closeLabel="Leave it"
      button={{ label: 'Roll back', busyLabel: 'Starting', danger: true }}
      request={{
        databaseId: database.id,
        kind: 'discard',
        parameters: { restoredInstanceId: instance.id },
      }}
      confirmed
    >
      <Typography variant="body2" paragraph>
        {database.id} is stopped and what was there before the restore is put
        back and started. What was written since the restore is lost:
      </Typography>
      <BlastRadiusPanel
        databaseId={database.id}
        of={{ kind: 'discard', restoredInstanceId: instance.id }}
      />
      <SecondPerson database={database} kind="discard" />
    </StartDialog>
  );
}
