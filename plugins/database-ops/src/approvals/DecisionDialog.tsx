import { useState } from 'react';
import { useApi } from '@backstage/core-plugin-api';
import Typography from '@material-ui/core/Typography';
import {
  Approval,
  ApprovalDecision,
} from 'backstage-plugin-database-ops-common';
import { databaseOpsApiRef } from '../api/DatabaseOpsApi';
import { SubmitDialog } from '../layout/SubmitDialog';
import { ReasonField, TypedName } from '../layout/TypedName';
import { Subject } from './Subject';

export type Decision = ApprovalDecision['decision'];

const TITLES: Record<Decision, string> = {
  approve: 'Approve exactly this',
  reject: 'Reject this',
  override: 'Override the second person in an emergency',
};

const BUTTONS: Record<Decision, string> = {
  approve: 'Approve',
  reject: 'Reject',
  override: 'Override and run it',
};

const BECAUSE: Record<Decision, string | undefined> = {
  approve: undefined,
  reject: 'Needed: the requester reads it. Stands in the audit history.',
  override:
    'Needed: why it cannot wait for an approver. Everyone concerned reads it.',
};

/** Asks once more, with what is decided in full sight. */
export function DecisionDialog(props: {
  approval: Approval;
  decision: Decision;
  onClose: () => void;
  onDecided: () => void;
}) {
  const { approval, decision } = props;
  const api = useApi(databaseOpsApiRef);
  const [reason, setReason] = useState('');
  const [confirmation, setConfirmation] = useState('');
  const override = decision === 'override';
  const ready =
    (decision === 'approve' || reason.trim() !== '') &&
    (!override || confirmation === approval.databaseId);

  const submit = async () => {
    await api.decideApproval(approval.operationId, {
      decision,
      subjectHash: approval.subjectHash,
      reason: reason.trim() || undefined,
    });
    props.onDecided();
  };
  return (
    <SubmitDialog
      title={TITLES[decision]}
      onClose={props.onClose}
      button={{
        label: BUTTONS[decision],
        busyLabel: 'Deciding',
        expected: decision === 'approve',
      }}
      ready={ready}
      submit={submit}
      failed="the decision"
    >
      <Subject approval={approval} />
      {override && (
        <>
          <Typography variant="body2" paragraph>
            It runs without a second person. The owners and all approvers are
            told at once, and somebody else has to review it afterwards.
          </Typography>
          <TypedName
            name={approval.databaseId}
            value={confirmation}
            onChange={setConfirmation}
          />
        </>
      )}
      <ReasonField
        value={reason}
        onChange={setReason}
        neededBecause={BECAUSE[decision]}
      />
    </SubmitDialog>
  );
}
