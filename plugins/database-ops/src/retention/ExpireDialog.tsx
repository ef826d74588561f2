import Button from '@material-ui/core/Button';
import Typography from '@material-ui/core/Typography';
import { useState } from 'react';
import {
  Database,
  RetentionPreview,
} from 'backstage-plugin-database-ops-common';
import { SecondPerson } from '../approvals/SecondPerson';
import { ActionDialog } from '../layout/ActionDialog';
import { ReasonField, TypedName } from '../layout/TypedName';
import { StartError } from '../operations/StartError';
import { useStart } from '../operations/useStart';
import { Size } from '../units/Size';

function ExpireForm(props: {
  database: Database;
  preview: RetentionPreview;
  onClose: () => void;
}) {
  const { database, preview } = props;
  const { start, starting, error } = useStart();
  const [confirmation, setConfirmation] = useState('');
  const [reason, setReason] = useState('');
  const ready = confirmation === database.id && !starting;
  const going = preview.entries.filter(({ keep }) => !keep);
  const submit = () => {
    if (ready) {
      start({
        databaseId: database.id,
        kind: 'expire',
        parameters: preview.planHash ? { planHash: preview.planHash } : {},
        confirmation,
        reason: reason || undefined,
      });
    }
  };
  return (
    <ActionDialog
      title={`Remove ${preview.removes} ${preview.removes === 1 ? 'backup' : 'backups'} of ${database.id}?`}
      open
      onClose={props.onClose}
      closeLabel="Keep them"
      onSubmit={submit}
      actions={
        <Button type="submit" variant="outlined" disabled={!ready}>
          {starting ? 'Starting' : 'Expire now'}
        </Button>
      }
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

/** Asks before retention removes what its preview lists. */
export function ExpireDialog(props: {
  database: Database;
  preview: RetentionPreview;
  open: boolean;
  onClose: () => void;
}) {
  const { open, ...rest } = props;
  return open ? <ExpireForm {...rest} /> : null;
}
