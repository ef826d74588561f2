import { useState } from 'react';
import { useApi } from '@backstage/core-plugin-api';
import Button from '@material-ui/core/Button';
import Step from '@material-ui/core/Step';
import StepLabel from '@material-ui/core/StepLabel';
import Stepper from '@material-ui/core/Stepper';
import { makeStyles } from '@material-ui/core/styles';
import { Database } from 'backstage-plugin-database-ops-common';
import { databaseOpsApiRef } from '../api/DatabaseOpsApi';
import { ActionDialog } from '../layout/ActionDialog';
import { useLive } from '../live/useLive';
import { StartError } from '../operations/StartError';
import { useStart } from '../operations/useStart';
import {
  draftOf,
  fieldsOf,
  ParameterDraft,
  parametersOf,
  problemOf,
} from '../parameters/fields';
import { DEFAULT_EXPIRY } from './expiry';
import { PlaceStep } from './PlaceStep';
import { TouchStep } from './TouchStep';
import { WhenStep } from './WhenStep';

const STEPS = ['When', 'Where and how', 'What it touches'];

/** Parameters that have a place of their own in the dialog. */
const OWN_PARAMETERS = ['kind', 'backupId', 'expiresAfter'];

/** Restore kinds as the subject of a sentence. */
const MOMENTS: Readonly<Record<string, string>> = {
  latest: 'The latest moment',
};

type Given = Readonly<Record<string, unknown>>;

const useStyles = makeStyles(theme => ({
  stepper: { padding: theme.spacing(1, 0, 3) },
}));

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function RestoreForm(props: {
  database: Database;
  onClose: () => void;
  given: Given;
}) {
  const { database, given } = props;
  const classes = useStyles();
  const api = useApi(databaseOpsApiRef);
  const kinds = database.capabilities?.restoreKinds ?? [];
  const backups = useLive({
    key: database.id,
    load: () => api.getBackups(database.id, { limit: 200 }),
  });
  const [step, setStep] = useState(0);
  const [kindId, setKindId] = useState(text(given.kind) ?? kinds[0]?.id ?? '');
  const [pickedBackup, setPickedBackup] = useState(text(given.backupId));
  const [expiresAfter, setExpiresAfter] = useState(
    text(given.expiresAfter) ?? DEFAULT_EXPIRY,
  );
  const [changed, setChanged] = useState<ParameterDraft>({});
  const [confirmation, setConfirmation] = useState('');
  const [reason, setReason] = useState('');
  const { start, starting, error } = useStart();

  const kind = kinds.find(candidate => candidate.id === kindId);
  const present = (backups.value?.items ?? []).filter(
    backup => backup.state === 'present',
  );
  const backup =
    present.find(candidate => candidate.id === pickedBackup) ?? present[0];
  const fields = fieldsOf(kind?.parameters, OWN_PARAMETERS);
  const draft = { ...draftOf(fields, given), ...changed };
  const wrong = fields.some(field => problemOf(field, draft[field.name]));
  const ready = [
    kind !== undefined && (kindId !== 'backup' || backup !== undefined),
    !wrong,
    confirmation === database.id,
  ];
  const last = step === STEPS.length - 1;

  const submit = () => {
    if (!ready[step] || starting) {
      return;
    }
    if (!last) {
      setStep(step + 1);
      return;
    }
    start({
      databaseId: database.id,
      kind: 'restore',
      parameters: {
        ...parametersOf(fields, draft),
        kind: kindId,
        ...(kindId === 'backup' && backup ? { backupId: backup.id } : {}),
        expiresAfter,
      },
      confirmation,
      reason: reason || undefined,
    });
  };

  return (
    <ActionDialog
      title={`Restore ${database.id} to a new place`}
      open
      onClose={props.onClose}
      onSubmit={submit}
      actions={
        <>
          {step > 0 && (
            <Button type="button" onClick={() => setStep(step - 1)}>
              Back
            </Button>
          )}
          <Button
            type="submit"
            color="primary"
            variant="contained"
            disabled={!ready[step] || starting}
          >
            {!last && 'Next'}
            {last && (starting ? 'Starting' : 'Start restore')}
          </Button>
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
      {step === 0 && (
        <WhenStep
          database={database}
          kinds={kinds}
          backups={backups}
          kindId={kindId}
          backupId={backup?.id ?? ''}
          onKind={setKindId}
          onBackup={setPickedBackup}
        />
      )}
      {step === 1 && (
        <PlaceStep
          sizeBytes={backup?.sizeBytes}
          expiresAfter={expiresAfter}
          onExpiresAfter={setExpiresAfter}
          fields={fields}
          draft={draft}
          onDraft={setChanged}
        />
      )}
      {last && (
        <TouchStep
          databaseId={database.id}
          moment={
            kindId === 'backup' && backup
              ? `Backup ${backup.id}`
              : (MOMENTS[kindId] ?? 'The chosen moment')
          }
          expiresAfter={expiresAfter}
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

/**
 * Restores a database to a new place, in three steps. Mounted while open only,
 * so that each opening has a fresh form and key.
 */
export function RestoreDialog(props: {
  database: Database;
  open: boolean;
  onClose: () => void;
  /** Parameters to begin with: a picked backup, or those of a failed restore. */
  given?: Given;
}) {
  return props.open ? (
    <RestoreForm
      database={props.database}
      onClose={props.onClose}
      given={props.given ?? {}}
    />
  ) : null;
}
