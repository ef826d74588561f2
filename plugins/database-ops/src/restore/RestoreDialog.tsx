import { useState } from 'react';
import Button from '@material-ui/core/Button';
import Step from '@material-ui/core/Step';
import StepLabel from '@material-ui/core/StepLabel';
import Stepper from '@material-ui/core/Stepper';
import { makeStyles } from '@material-ui/core/styles';
import { Database } from 'backstage-plugin-database-ops-common';
import { ActionDialog } from '../layout/ActionDialog';
import { DangerButton } from '../layout/DangerButton';
import { useSubmit } from '../layout/useSubmit';
import { StartError } from '../operations/StartError';
import { useStart } from '../operations/useStart';
import { PlaceStep } from './PlaceStep';
import { TouchStep } from './TouchStep';
import { useRestoreDraft } from './useRestoreDraft';
import { WhenStep } from './WhenStep';

const STEPS = ['When', 'Where and how', 'What it touches'];

type Given = Readonly<Record<string, unknown>>;

const useStyles = makeStyles(theme => ({
  stepper: { padding: theme.spacing(1, 0, 3) },
}));

/**
 * Restores a database, in three steps: to a new place unless the person asks
 * for the source itself. Mounted while open only,
 * so that each opening has a fresh form and key.
 */
export function RestoreDialog(props: {
  database: Database;
  onClose: () => void;
  /** Parameters to begin with: a picked backup, or those of a failed restore. */
  given?: Given;
}) {
  const { database, given = {} } = props;
  const classes = useStyles();
  const draft = useRestoreDraft(database, given);
  const [step, setStep] = useState(0);
  const [confirmation, setConfirmation] = useState('');
  const [reason, setReason] = useState('');
  const start = useStart();

  const ready = [...draft.ready, confirmation === database.id];
  const inPlace = draft.mode === 'in-place';
  const last = step === STEPS.length - 1;
  const complete = last ? ready.every(Boolean) : ready[step];

  const { busy, error, submit } = useSubmit(() =>
    start({
      databaseId: database.id,
      kind: 'restore',
      parameters: draft.parameters(),
      confirmation,
      reason: reason || undefined,
    }),
  );
  const onSubmit = () => {
    if (!complete) {
      return;
    }
    if (last) {
      submit();
    } else {
      setStep(step + 1);
    }
  };

  return (
    <ActionDialog
      title={
        inPlace
          ? `Restore ${database.id} in place`
          : `Restore ${database.id} to a new place`
      }
      wide
      onClose={props.onClose}
      onSubmit={onSubmit}
      actions={
        <>
          {step > 0 && (
            <Button type="button" onClick={() => setStep(step - 1)}>
              Back
            </Button>
          )}
          {last && inPlace ? (
            <DangerButton type="submit" disabled={!complete || busy}>
              {busy ? 'Starting' : `Stop ${database.id} and restore onto it`}
            </DangerButton>
          ) : (
            <Button
              type="submit"
              color="primary"
              variant="contained"
              disabled={!complete || busy}
            >
              {!last && 'Next'}
              {last && (busy ? 'Starting' : 'Start restore')}
            </Button>
          )}
        </>
      }
    >
      <Stepper activeStep={step} alternativeLabel className={classes.stepper}>
        {STEPS.map((label, index) => (
          <Step key={label} aria-current={index === step ? 'step' : undefined}>
            <StepLabel>{label}</StepLabel>
          </Step>
        ))}
      </Stepper>
      {step === 0 && <WhenStep database={database} draft={draft} />}
      {step === 1 && (
        <PlaceStep
          databaseId={database.id}
          draft={draft}
          sizeBytes={draft.backup?.sizeBytes}
        />
      )}
      {last && (
        <TouchStep
          database={database}
          draft={draft}
          confirmation={confirmation}
          reason={reason}
          onConfirmation={setConfirmation}
          onReason={setReason}
        />
      )}
      <StartError error={error} />
    </ActionDialog>
  );
}
