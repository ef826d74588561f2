import Button from '@material-ui/core/Button';
import Typography from '@material-ui/core/Typography';
import { ActionDialog } from '../layout/ActionDialog';
import { StartError } from '../operations/StartError';
import { useStart } from '../operations/useStart';

function DiscardForm(props: {
  databaseId: string;
  restoredInstanceId: string;
  directory?: string;
  onClose: () => void;
}) {
  const { databaseId, restoredInstanceId } = props;
  const { start, starting, error } = useStart();
  const submit = () =>
    start({
      databaseId,
      kind: 'discard',
      parameters: { restoredInstanceId },
    });
  return (
    <ActionDialog
      title="Discard the restored instance?"
      open
      onClose={props.onClose}
      closeLabel="Keep it"
      onSubmit={submit}
      actions={
        <Button type="submit" variant="outlined" disabled={starting}>
          {starting ? 'Starting' : 'Discard'}
        </Button>
      }
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
      <StartError error={error} />
    </ActionDialog>
  );
}

/** Asks before a restored instance is removed. */
export function DiscardDialog(props: {
  databaseId: string;
  restoredInstanceId: string;
  directory?: string;
  open: boolean;
  onClose: () => void;
}) {
  const { open, ...rest } = props;
  return open ? <DiscardForm {...rest} /> : null;
}
