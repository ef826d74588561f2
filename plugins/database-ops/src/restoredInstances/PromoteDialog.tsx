import { When } from '../time/When';
import { DecideDialog, InstanceDialogProps } from './DecideDialog';

/** Makes a restored instance a database of its own. */
export function PromoteDialog(props: InstanceDialogProps) {
  const { instance } = props;
  return (
    <DecideDialog
      {...props}
      kind="promote"
      title="Promote the restored instance"
      button={{ label: 'Promote', busyLabel: 'Starting' }}
    >
      Instance {instance.id}
      {instance.moment && (
        <>
          , as of <When at={instance.moment.time} yours exact />,
        </>
      )}{' '}
      becomes a database of its own that can be written to. It cannot move to
      another moment any more and does not expire. It is shown as UNPROTECTED
      until it archives and has a full backup of its own.
    </DecideDialog>
  );
}
