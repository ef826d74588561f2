import { useState } from 'react';
import Button from '@material-ui/core/Button';
import Typography from '@material-ui/core/Typography';
import {
  Database,
  RestoredInstance,
} from 'backstage-plugin-database-ops-common';
import { SecondPerson } from '../approvals/SecondPerson';
import { BlastRadiusPanel } from '../blastRadius/BlastRadiusPanel';
import { ActionDialog } from '../layout/ActionDialog';
import { ReasonField, TypedName } from '../layout/TypedName';
import { StartError } from '../operations/StartError';
import { useStart } from '../operations/useStart';
import { When } from '../time/When';

function PromoteForm(props: {
  database: Database;
  instance: RestoredInstance;
  onClose: () => void;
}) {
  const { database, instance } = props;
  const { start, starting, error } = useStart();
  const [confirmation, setConfirmation] = useState('');
  const [reason, setReason] = useState('');
  const ready = confirmation === database.id && !starting;
  const submit = () => {
    if (ready) {
      start({
        databaseId: database.id,
        kind: 'promote',
        parameters: { restoredInstanceId: instance.id },
        confirmation,
        reason: reason || undefined,
      });
    }
  };
  return (
    <ActionDialog
      title="Promote the restored instance"
      open
      onClose={props.onClose}
      onSubmit={submit}
      actions={
        <Button type="submit" variant="outlined" disabled={!ready}>
          {starting ? 'Starting' : 'Promote'}
        </Button>
      }
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
        restoredInstanceId={instance.id}
      />
      <SecondPerson database={database} kind="promote" />
      <TypedName
        name={database.id}
        value={confirmation}
        onChange={setConfirmation}
      />
      <ReasonField value={reason} onChange={setReason} />
      <StartError error={error} />
    </ActionDialog>
  );
}

/** Makes a restored instance a database of its own. */
export function PromoteDialog(props: {
  database: Database;
  instance: RestoredInstance;
  open: boolean;
  onClose: () => void;
}) {
  const { open, ...rest } = props;
  return open ? <PromoteForm {...rest} /> : null;
}
