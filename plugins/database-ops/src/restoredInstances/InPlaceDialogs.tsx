import { When } from '../time/When';
import { DecideDialog, InstanceDialogProps } from './DecideDialog';

/** Keeps what was restored onto the source; what was there before goes. */
export function ConfirmInPlaceDialog(props: InstanceDialogProps) {
  const { database, instance } = props;
  return (
    <DecideDialog
      {...props}
      kind="promote"
      title={`Confirm the restore of ${database.id}`}
      closeLabel="Not yet"
      button={{ label: 'Confirm and remove', busyLabel: 'Starting' }}
    >
      {database.id}
      {instance.moment && (
        <>
          {' '}
          as of <When at={instance.moment.time} yours exact />
        </>
      )}{' '}
      stays and gets a full backup. Then what was there before the restore is
      removed: after that it cannot be rolled back any more.
      {instance.state === 'lost' &&
        ` Whether it runs is known on ${instance.host} only: if the restore did not come to its end, this is refused there and changes nothing; roll it back then.`}
    </DecideDialog>
  );
}

/** Puts back what was there before a restore onto the source. */
export function RollBackDialog(props: InstanceDialogProps) {
  const { database, instance } = props;
  return (
    <DecideDialog
      {...props}
      kind="discard"
      title={`Roll back the restore of ${database.id}`}
      closeLabel="Leave it"
      button={{ label: 'Roll back', busyLabel: 'Starting', danger: true }}
    >
      {instance.state === 'lost'
        ? `However far the restore came on ${instance.host}, what was there before it is put back and started. What was written to the restored one is lost; how much cannot be counted, for its worker ended without saying where its history began.`
        : `${database.id} is stopped and what was there before the restore is put back and started. What was written since the restore is lost.`}
    </DecideDialog>
  );
}
