import { useState } from 'react';
import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import { Approval } from 'backstage-plugin-database-ops-common';
import { ActionButton } from '../layout/ActionButton';
import { Decision, DecisionDialog } from './DecisionDialog';

const useStyles = makeStyles(theme => ({
  actions: {
    display: 'flex',
    flexWrap: 'wrap',
    gap: theme.spacing(1),
    marginTop: theme.spacing(1),
  },
  override: { marginTop: theme.spacing(2) },
}));

/** Approve, reject, or in an emergency override: for those who may. */
export function ApprovalActions(props: {
  approval: Approval;
  onDecided: () => void;
}) {
  const { approval, onDecided } = props;
  const classes = useStyles();
  const [decision, setDecision] = useState<Decision>();
  const whyNot = approval.mayApprove
    ? undefined
    : (approval.mayApproveReason ?? 'You are not among the approvers.');
  return (
    <>
      <div className={classes.actions}>
        <ActionButton
          variant="contained"
          color="primary"
          disabledReason={whyNot}
          onClick={() => setDecision('approve')}
        >
          Approve…
        </ActionButton>
        <ActionButton
          variant="outlined"
          disabledReason={whyNot}
          onClick={() => setDecision('reject')}
        >
          Reject…
        </ActionButton>
      </div>
      {whyNot && (
        <Typography variant="body2" color="textSecondary">
          {whyNot}
        </Typography>
      )}
      {approval.mayOverride && (
        <div className={classes.override}>
          <Typography variant="body2" color="textSecondary">
            No approver can be reached and it cannot wait?
          </Typography>
          <ActionButton size="small" onClick={() => setDecision('override')}>
            Emergency override…
          </ActionButton>
        </div>
      )}
      {decision && (
        <DecisionDialog
          approval={approval}
          decision={decision}
          onClose={() => setDecision(undefined)}
          onDecided={() => {
            setDecision(undefined);
            onDecided();
          }}
        />
      )}
    </>
  );
}
