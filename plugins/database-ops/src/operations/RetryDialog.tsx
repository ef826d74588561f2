import { useRef, useState } from 'react';
import { useNavigate } from 'react-router-dom';
import { StructuredMetadataTable } from '@backstage/core-components';
import { useApi, useRouteRef } from '@backstage/core-plugin-api';
import Typography from '@material-ui/core/Typography';
import { Operation } from 'backstage-plugin-database-ops-common';
import { databaseOpsApiRef } from '../api/DatabaseOpsApi';
import { SubmitDialog } from '../layout/SubmitDialog';
import { ReasonField, TypedName } from '../layout/TypedName';
import { operationRouteRef } from '../routes';
import { StartError } from './StartError';
import { operationTitle } from './words';

/** Kinds whose request needs the typed name of the database. */
const CONFIRMED_KINDS: readonly Operation['kind'][] = ['restore', 'promote'];

/** Requests what failed again. Mounted while open only: a fresh key each time. */
export function RetryDialog(props: {
  operation: Operation;
  onClose: () => void;
}) {
  const { operation } = props;
  const api = useApi(databaseOpsApiRef);
  const navigate = useNavigate();
  const operationRoute = useRouteRef(operationRouteRef);
  const key = useRef(crypto.randomUUID());
  const [confirmation, setConfirmation] = useState('');
  const [reason, setReason] = useState('');
  const confirmed =
    CONFIRMED_KINDS.includes(operation.kind) ||
    operation.parameters.mode === 'in-place';

  const submit = async () => {
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
  };
  return (
    <SubmitDialog
      title={`Retry as new: ${operationTitle(operation)}`}
      onClose={props.onClose}
      button={{ label: 'Start again', busyLabel: 'Starting', expected: true }}
      ready={!confirmed || confirmation === operation.databaseId}
      submit={submit}
      failed={error => <StartError error={error} />}
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
    </SubmitDialog>
  );
}
