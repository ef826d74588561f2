import { useRef, useState } from 'react';
import { useNavigate } from 'react-router-dom';
import { StructuredMetadataTable } from '@backstage/core-components';
import { toError } from '@backstage/errors';
import { useApi, useRouteRef } from '@backstage/core-plugin-api';
import Button from '@material-ui/core/Button';
import Typography from '@material-ui/core/Typography';
import { Operation } from 'backstage-plugin-database-ops-common';
import { databaseOpsApiRef } from '../api/DatabaseOpsApi';
import { ActionDialog } from '../layout/ActionDialog';
import { ReasonField, TypedName } from '../layout/TypedName';
import { operationRouteRef } from '../routes';
import { StartError } from './StartError';
import { operationTitle } from './words';

/** Kinds whose request needs the typed name of the database. */
const CONFIRMED_KINDS: readonly Operation['kind'][] = ['restore', 'promote'];

function RetryForm(props: { operation: Operation; onClose: () => void }) {
  const { operation } = props;
  const api = useApi(databaseOpsApiRef);
  const navigate = useNavigate();
  const operationRoute = useRouteRef(operationRouteRef);
  const key = useRef(crypto.randomUUID());
  const [confirmation, setConfirmation] = useState('');
  const [reason, setReason] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Error>();
  const confirmed = CONFIRMED_KINDS.includes(operation.kind);
  const ready = !busy && (!confirmed || confirmation === operation.databaseId);

  const submit = async () => {
    if (!ready) {
      return;
    }
    setBusy(true);
    setError(undefined);
    try {
      const again = await api.retryOperation(
        operation.id,
        {
          confirmation: confirmed ? confirmation : undefined,
          reason: reason || undefined,
        },
        key.current,
      );
      props.onClose();
      navigate(operationRoute({ operationId: again.id }));
    } catch (caught) {
      setError(toError(caught));
      setBusy(false);
    }
  };
  return (
    <ActionDialog
      title={`Retry as new: ${operationTitle(operation)}`}
      open
      onClose={props.onClose}
      onSubmit={submit}
      actions={
        <Button
          type="submit"
          color="primary"
          variant="contained"
          disabled={!ready}
        >
          {busy ? 'Starting' : 'Start again'}
        </Button>
      }
    >
      <Typography variant="body2" paragraph>
        A new operation on {operation.databaseId} with the same parameters. It
        links to this one, which stays as it is.
      </Typography>
      {Object.keys(operation.parameters).length > 0 && (
        <StructuredMetadataTable metadata={operation.parameters} />
      )}
      {confirmed && (
        <TypedName
          name={operation.databaseId}
          value={confirmation}
          onChange={setConfirmation}
        />
      )}
      <ReasonField value={reason} onChange={setReason} />
      <StartError error={error} />
    </ActionDialog>
  );
}

/** Requests what failed again. Mounted while open only: a fresh key each time. */
export function RetryDialog(props: {
  operation: Operation;
  open: boolean;
  onClose: () => void;
}) {
  const { open, ...rest } = props;
  return open ? <RetryForm {...rest} /> : null;
}
