import { useState } from 'react';
import { useApi } from '@backstage/core-plugin-api';
import Typography from '@material-ui/core/Typography';
import { Database, Operation } from 'backstage-plugin-database-ops-common';
import { databaseOpsApiRef } from '../api/DatabaseOpsApi';
import { ActionButton } from '../layout/ActionButton';
import { SubmitDialog } from '../layout/SubmitDialog';
import { isActive } from './progress';
import { reasonAgainst } from './reasons';
import { RetryDialog } from './RetryDialog';
import { StartError } from './StartError';
import { operationTitle } from './words';

function CancelDialog(props: {
  operation: Operation;
  onClose: () => void;
  onCancelled: () => void;
}) {
  const { operation } = props;
  const api = useApi(databaseOpsApiRef);
  const submit = async () => {
    await api.cancelOperation(operation.id);
    props.onCancelled();
  };
  return (
    <SubmitDialog
      title={`Cancel the ${operation.kind} of ${operation.databaseId}?`}
      onClose={props.onClose}
      closeLabel="Let it run"
      button={{ label: `Cancel the ${operation.kind}`, busyLabel: 'Asking' }}
      submit={submit}
      failed={error => <StartError error={error} />}
    >
      <Typography variant="body2" paragraph>
        {operationTitle(operation)} is stopped and what it made so far is not
        kept. {operation.databaseId} keeps running.
      </Typography>
    </SubmitDialog>
  );
}

/** Cancels an operation that is not over; says so while that is under way. */
export function CancelButton(props: {
  operation: Operation;
  database?: Database;
  onCancelled: () => void;
}) {
  const { operation, database } = props;
  const [asking, setAsking] = useState(false);
  if (!isActive(operation)) {
    return null;
  }
  const reason = operation.cancelRequestedBy
    ? `${operation.cancelRequestedBy} asked for it to be cancelled; it is ending.`
    : database && reasonAgainst(database, operation.kind);
  return (
    <>
      <ActionButton
        variant="outlined"
        disabledReason={reason}
        onClick={() => setAsking(true)}
      >
        {operation.cancelRequestedBy ? 'Cancelling' : 'Cancel…'}
      </ActionButton>
      {asking && (
        <CancelDialog
          operation={operation}
          onClose={() => setAsking(false)}
          onCancelled={() => {
            setAsking(false);
            props.onCancelled();
          }}
        />
      )}
    </>
  );
}

/** Offers the same request again, as a new operation. */
export function RetryButton(props: {
  operation: Operation;
  database: Database;
}) {
  const { operation, database } = props;
  const [open, setOpen] = useState(false);
  if (isActive(operation) || operation.state === 'succeeded') {
    return null;
  }
  return (
    <>
      <ActionButton
        variant="outlined"
        color="primary"
        disabledReason={reasonAgainst(database, operation.kind)}
        onClick={() => setOpen(true)}
      >
        Retry as new…
      </ActionButton>
      {open && (
        <RetryDialog operation={operation} onClose={() => setOpen(false)} />
      )}
    </>
  );
}
