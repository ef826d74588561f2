import Typography from '@material-ui/core/Typography';
import { Approval } from 'backstage-plugin-database-ops-common';
import { LiveCard } from '../layout/LiveCard';
import { Actor } from '../operations/Actor';
import { StatusLabel } from '../status/StatusLabel';
import { Age, When } from '../time/When';
import { ApprovalActions } from './ApprovalActions';
import { ReviewForm } from './ReviewForm';
import { People } from './SecondPerson';
import { Subject } from './Subject';
import { useApproval } from './useApproval';
import { APPROVAL_WORDS, wantsReview } from './words';

function Decided(props: { approval: Approval }) {
  const { approval } = props;
  return (
    <>
      {approval.decidedBy && (
        <Typography variant="body2" component="div">
          By <Actor actor={approval.decidedBy} />
          {approval.decidedAt && (
            <>
              , <When at={approval.decidedAt} yours />
            </>
          )}
          {approval.decisionReason && `: ${approval.decisionReason}`}
        </Typography>
      )}
      {approval.reviewedBy && (
        <Typography variant="body2" component="div">
          Reviewed by <Actor actor={approval.reviewedBy} />
          {approval.reviewedAt && (
            <>
              , <When at={approval.reviewedAt} yours />
            </>
          )}
          {approval.reviewNote && `: ${approval.reviewNote}`}
        </Typography>
      )}
    </>
  );
}

/** What of one approval: the subject, who may decide, and the decision. */
export function ApprovalContent(props: {
  approval: Approval;
  onChanged: () => void;
}) {
  const { approval, onChanged } = props;
  const pending = approval.state === 'pending';
  return (
    <>
      <Typography variant="body2" component="div" role="status">
        <StatusLabel {...APPROVAL_WORDS[approval.state]} />
      </Typography>
      <Subject approval={approval} />
      <Typography variant="body2" component="div">
        Requested by <Actor actor={approval.requestedBy} />{' '}
        <Age at={approval.requestedAt} />
        {approval.reason && `: ${approval.reason}`}
      </Typography>
      {pending && (
        <>
          <Typography variant="body2" component="div">
            <People refs={approval.approvers} /> can approve it. It expires{' '}
            <Age at={approval.expiresAt} />.
          </Typography>
          <ApprovalActions approval={approval} onDecided={onChanged} />
        </>
      )}
      <Decided approval={approval} />
      {wantsReview(approval) && (
        <ReviewForm operationId={approval.operationId} onReviewed={onChanged} />
      )}
    </>
  );
}

/** The approval of an operation, on its page. */
export function ApprovalPanel(props: {
  operationId: string;
  onChanged: () => void;
}) {
  const { operationId, onChanged } = props;
  const approval = useApproval(operationId);
  return (
    <LiveCard
      title="Approval"
      live={approval}
      what="the approval of this operation"
      lines={6}
    >
      {value => (
        <ApprovalContent
          approval={value}
          onChanged={() => {
            approval.refresh();
            onChanged();
          }}
        />
      )}
    </LiveCard>
  );
}
