import Typography from '@material-ui/core/Typography';
import { SubmitDialog } from '../layout/SubmitDialog';
import { StartError } from '../operations/StartError';
import { useStart } from '../operations/useStart';

/** Asks before a restored instance is removed. */
export function DiscardDialog(props: {
  databaseId: string;
  restoredInstanceId: string;
  directory?: string;
  onClose: () => void;
}) {
  const { databaseId, restoredInstanceId } = props;
  const start = useStart();
  return (
    <SubmitDialog
      title="Discard the restored instance?"
      onClose={props.onClose}
      closeLabel="Keep it"
      button={{ label: 'Discard', busyLabel: 'Starting' }}
      submit={() =>
        start({
          databaseId,
          kind: 'discard',
          parameters: { restoredInstanceId },
        })
      }
      failed={error => <StartError error={error} />}
    >
      <Typography variant="body2" paragraph>
        Instance {restoredInstanceId} is stopped and everything the restore made
        is removed
        {props.directory && (
          <>
            , with its directory <code>{props.directory}</code>
          </>
        )}
        . {databaseId} and its backups stay as they are; it can be restored
        again.
      </Typography>
    </SubmitDialog>
  );
}
