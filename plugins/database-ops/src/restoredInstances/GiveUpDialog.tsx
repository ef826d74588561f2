import { useState } from 'react';
import { useApi } from '@backstage/core-plugin-api';
import Typography from '@material-ui/core/Typography';
import { databaseOpsApiRef } from '../api/DatabaseOpsApi';
import { SecondPerson } from '../approvals/SecondPerson';
import { SubmitDialog } from '../layout/SubmitDialog';
import { ReasonField, TypedName } from '../layout/TypedName';
import { InstanceDialogProps } from './DecideDialog';
import { isInPlace } from './states';

const SHORTEST_REASON = 3;

/**
 * Gives up a lost instance whose host is gone for good. No operation and no
 * blast radius: nothing is stopped or removed anywhere.
 */
export function GiveUpDialog(
  props: InstanceDialogProps & { onGivenUp: () => void },
) {
  const { database, instance } = props;
  const api = useApi(databaseOpsApiRef);
  const [confirmation, setConfirmation] = useState('');
  const [reason, setReason] = useState('');
  const inPlace = isInPlace(instance);
  const submit = async () => {
    await api.forgetRestoredInstance(instance.id, {
      reason: reason.trim(),
      ...(inPlace ? { confirmation } : {}),
    });
    props.onGivenUp();
  };
  return (
    <SubmitDialog
      title="Give up the lost instance?"
      onClose={props.onClose}
      closeLabel="Keep it"
      button={{ label: 'Give up', busyLabel: 'Giving up', danger: true }}
      ready={
        reason.trim().length >= SHORTEST_REASON &&
        (!inPlace || confirmation === database.id)
      }
      submit={submit}
      failed="that it is given up"
    >
      <Typography variant="body2" paragraph>
        Nothing is removed: its files may still lie on {instance.host}
        {instance.directory && (
          <>
            , in <code>{instance.directory}</code>
          </>
        )}
        . It holds back no backups and no log any more, so retention may remove
        what it still reads.
        {inPlace &&
          ` What was there before the restore may lie there too, and ${database.id} stays as it is: nobody puts it back.`}
      </Typography>
      <Typography variant="body2" paragraph>
        Give it up only when {instance.host} is gone for good. Where it may come
        back, {inPlace ? 'roll it back' : 'discard it'} instead, which waits for
        it.
      </Typography>
      <SecondPerson database={database} kind="discard" atOnce />
      {inPlace && (
        <TypedName
          name={database.id}
          value={confirmation}
          onChange={setConfirmation}
        />
      )}
      <ReasonField
        value={reason}
        onChange={setReason}
        neededBecause="Needed: stands in the audit history."
      />
    </SubmitDialog>
  );
}
