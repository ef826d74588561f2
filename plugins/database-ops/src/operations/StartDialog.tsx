import { ReactNode, useState } from 'react';
import { OperationRequest } from 'backstage-plugin-database-ops-common';
import { SubmitButton, SubmitDialog } from '../layout/SubmitDialog';
import { ReasonField, TypedName } from '../layout/TypedName';
import { StartError } from './StartError';
import { useStart } from './useStart';

/**
 * Asks before an operation is requested, then goes to its page. Mounted while
 * open only.
 */
export function StartDialog(props: {
  title: string;
  onClose: () => void;
  closeLabel?: string;
  wide?: boolean;
  button: SubmitButton;
  ready?: boolean;
  /** What is requested; the typed name and the reason come from the dialog. */
  request: Omit<OperationRequest, 'confirmation' | 'reason'>;
  /** The name of the database has to be typed. */
  confirmed?: boolean;
  children: ReactNode;
}) {
  const { request, confirmed, ready = true, children, ...rest } = props;
  const start = useStart();
  const [confirmation, setConfirmation] = useState('');
  const [reason, setReason] = useState('');
  return (
    <SubmitDialog
      {...rest}
      ready={ready && (!confirmed || confirmation === request.databaseId)}
      submit={() =>
        start({
          ...request,
          ...(confirmed ? { confirmation } : {}),
          reason: reason || undefined,
        })
      }
      failed={error => <StartError error={error} />}
    >
      {children}
      {confirmed && (
        <TypedName
          name={request.databaseId}
          value={confirmation}
          onChange={setConfirmation}
        />
      )}
      <ReasonField value={reason} onChange={setReason} />
    </SubmitDialog>
  );
}
