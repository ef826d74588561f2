import { useState } from 'react';
import { useApi } from '@backstage/core-plugin-api';
import Typography from '@material-ui/core/Typography';
import {
  Session,
  SessionCancellation,
} from 'backstage-plugin-database-ops-common';
import { databaseOpsApiRef } from '../api/DatabaseOpsApi';
import { SubmitDialog } from '../layout/SubmitDialog';
import { ReasonField } from '../layout/TypedName';
import { SqlText } from './SqlText';

const SHORTEST_REASON = 3;

/** Asks before the statement that a session runs is cancelled. */
export function CancelDialog(props: {
  databaseId: string;
  session: Session;
  onClose: () => void;
  onCancelled: (result: SessionCancellation) => void;
}) {
  const { databaseId, session } = props;
  const api = useApi(databaseOpsApiRef);
  const [reason, setReason] = useState('');
  return (
    <SubmitDialog
      title={`Cancel the statement of ${session.username}?`}
      onClose={props.onClose}
      closeLabel="Let it run"
      button={{ label: 'Cancel the statement', busyLabel: 'Asking' }}
      ready={reason.trim().length >= SHORTEST_REASON}
      submit={async () =>
        props.onCancelled(
          await api.cancelSession(databaseId, session.sessionId, {
            reason: reason.trim(),
            startedAt: session.startedAt,
          }),
        )
      }
      failed="the cancellation"
    >
      <Typography variant="body2" paragraph>
        What it has done so far in its transaction is undone; its connection
        stays. If it runs another statement by now, that one is left alone.
      </Typography>
      {session.text && <SqlText text={session.text} />}
      <ReasonField
        value={reason}
        onChange={setReason}
        neededBecause="Needed: whoever ran it will ask."
      />
    </SubmitDialog>
  );
}
