import Typography from '@material-ui/core/Typography';
import {
  Database,
  RestoredInstance,
} from 'backstage-plugin-database-ops-common';
import { SecondPerson } from '../approvals/SecondPerson';
import { BlastRadiusPanel } from '../blastRadius/BlastRadiusPanel';
import { StartDialog } from '../operations/StartDialog';
import { When } from '../time/When';

/** Makes a restored instance a database of its own. */
export function PromoteDialog(props: {
  database: Database;
  instance: RestoredInstance;
  onClose: () => void;
}) {
  const { database, instance } = props;
  return (
    <StartDialog
      title="Promote the restored instance"
      onClose={props.onClose}
      button={{ label: 'Promote', busyLabel: 'Starting' }}
      request={{
        databaseId: database.id,
        kind: 'promote',
        parameters: { restoredInstanceId: instance.id },
      }}
      confirmed
    >
      <Typography variant="body2" paragraph>
        Instance {instance.id}
        {instance.moment && (
          <>
            , as of <When at={instance.moment.time} yours exact />,
          </>
        )}{' '}
        becomes a database of its own that can be written to. It cannot move to
        another moment any more and does not expire. It is shown as UNPROTECTED
        until it archives and has a full backup of its own.
      </Typography>
      <BlastRadiusPanel
        databaseId={database.id}
        of={{ kind: 'promote', restoredInstanceId: instance.id }}
      />
      <SecondPerson database={database} kind="promote" />
    </StartDialog>
  );
}
