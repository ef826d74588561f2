import { useState } from 'react';
import { useApi } from '@backstage/core-plugin-api';
import TextField from '@material-ui/core/TextField';
import Typography from '@material-ui/core/Typography';
import { databaseOpsApiRef } from '../api/DatabaseOpsApi';
import { SubmitDialog } from '../layout/SubmitDialog';
import { ReasonField } from '../layout/TypedName';
import { formatSeconds, formatUtcAndYours } from '../time/format';
import { useNow } from '../time/useNow';
import { announceMaintenance, GLOBAL_SCOPE } from './useMaintenance';

const CHOICES_SECONDS = [1800, 3600, 2 * 3600, 4 * 3600, 8 * 3600, 24 * 3600];

const DEFAULT_SECONDS = 3600;

/** Pauses the queue of one database or of all. */
export function MaintenanceDialog(props: {
  scope: string;
  onClose: () => void;
  onStarted: () => void;
}) {
  const { scope } = props;
  const api = useApi(databaseOpsApiRef);
  const now = useNow();
  const [seconds, setSeconds] = useState(DEFAULT_SECONDS);
  const [reason, setReason] = useState('');
  const until = (at: number) => new Date(at + seconds * 1000).toISOString();
  const submit = async () => {
    await api.startMaintenance(scope, {
      reason: reason.trim(),
      until: until(Date.now()),
    });
    announceMaintenance();
    props.onStarted();
  };
  const whose = scope === GLOBAL_SCOPE ? 'all databases' : scope;
  return (
    <SubmitDialog
      title={`Maintenance mode of ${whose}`}
      onClose={props.onClose}
      button={{ label: 'Pause the queue', busyLabel: 'Starting' }}
      ready={reason.trim() !== ''}
      submit={submit}
      failed="the maintenance mode"
    >
      <Typography variant="body2">
        No operation of {whose} starts while it holds: requests wait in the
        queue, a scheduled run that falls into it is made up once afterwards.
        What runs already goes on. Health is checked as always.
      </Typography>
      <TextField
        id="database-ops-maintenance-length"
        label="For"
        select
        SelectProps={{ native: true }}
        value={seconds}
        onChange={event => setSeconds(Number(event.target.value))}
        helperText={`Until ${formatUtcAndYours(until(now), now)}; it ends by itself.`}
        fullWidth
        margin="normal"
      >
        {CHOICES_SECONDS.map(choice => (
          <option key={choice} value={choice}>
            {formatSeconds(choice)}
          </option>
        ))}
      </TextField>
      <ReasonField
        value={reason}
        onChange={setReason}
        neededBecause="Needed: whoever waits reads it."
      />
    </SubmitDialog>
  );
}
