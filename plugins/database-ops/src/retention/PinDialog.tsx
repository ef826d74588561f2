import { useState } from 'react';
import { useApi } from '@backstage/core-plugin-api';
import Checkbox from '@material-ui/core/Checkbox';
import FormControlLabel from '@material-ui/core/FormControlLabel';
import FormHelperText from '@material-ui/core/FormHelperText';
import TextField from '@material-ui/core/TextField';
import Typography from '@material-ui/core/Typography';
import { databaseOpsApiRef } from '../api/DatabaseOpsApi';
import { SubmitDialog } from '../layout/SubmitDialog';
import { ReasonField } from '../layout/TypedName';

const DEFAULT_DAYS = 90;

const DAY_MS = 86_400_000;

/** Keeps a backup by hand, with a reason and an end. */
export function PinDialog(props: {
  databaseId: string;
  backupId: string;
  onClose: () => void;
  onPinned: () => void;
}) {
  const { databaseId, backupId } = props;
  const api = useApi(databaseOpsApiRef);
  const [today] = useState(() => new Date().toISOString().slice(0, 10));
  const [until, setUntil] = useState(() =>
    new Date(Date.now() + DEFAULT_DAYS * DAY_MS).toISOString().slice(0, 10),
  );
  const [legalHold, setLegalHold] = useState(false);
  const [reason, setReason] = useState('');
  const past = until !== '' && until <= today;
  const ready = reason.trim() !== '' && (legalHold || !past);
  const submit = async () => {
    await api.createPin(databaseId, {
      backupId,
      reason: reason.trim(),
      ...(until && !legalHold ? { until: `${until}T00:00:00.000Z` } : {}),
      ...(legalHold ? { legalHold } : {}),
    });
    props.onPinned();
  };
  return (
    <SubmitDialog
      title={`Pin ${backupId}`}
      onClose={props.onClose}
      button={{ label: 'Pin it', busyLabel: 'Pinning', expected: true }}
      ready={ready}
      submit={submit}
      failed="the pin"
    >
      <Typography variant="body2">
        Retention keeps this backup and everything that it needs until the pin
        ends, whatever the policy says.
      </Typography>
      <ReasonField
        value={reason}
        onChange={setReason}
        neededBecause="Needed: keep it, because …"
      />
      <TextField
        id="database-ops-pin-until"
        label="Until (UTC)"
        type="date"
        value={until}
        onChange={event => setUntil(event.target.value)}
        InputLabelProps={{ shrink: true }}
        disabled={legalHold}
        error={past && !legalHold}
        helperText={
          past && !legalHold
            ? 'The end has to lie in the future.'
            : 'Empty: until somebody ends it.'
        }
        fullWidth
        margin="normal"
      />
      <FormControlLabel
        label="Legal hold"
        control={
          <Checkbox
            color="primary"
            checked={legalHold}
            onChange={event => setLegalHold(event.target.checked)}
          />
        }
      />
      <FormHelperText>
        Has no end; only somebody with the right to retain can end it.
      </FormHelperText>
    </SubmitDialog>
  );
}
