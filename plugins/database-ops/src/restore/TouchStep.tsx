import TextField from '@material-ui/core/TextField';
import Typography from '@material-ui/core/Typography';
import { StatusLabel } from '../status/StatusLabel';
import { formatIsoDuration } from '../time/format';

/** Third step: what the restore touches, and the typed confirmation. */
export function TouchStep(props: {
  databaseId: string;
  /** What is restored, in words. */
  moment: string;
  expiresAfter: string;
  confirmation: string;
  reason: string;
  onConfirmation: (confirmation: string) => void;
  onReason: (reason: string) => void;
}) {
  return (
    <>
      <Typography variant="body1" component="div">
        <StatusLabel look="good" word={`Nothing of ${props.databaseId}`} />
      </Typography>
      <Typography variant="body2" color="textSecondary" paragraph>
        {props.moment} goes to a new place and is started there on a port of its
        own. {props.databaseId} keeps running and is not changed. The restored
        instance is discarded after {formatIsoDuration(props.expiresAfter)}.
      </Typography>
      <TextField
        id="database-ops-confirmation"
        label={`Type ${props.databaseId} to confirm`}
        value={props.confirmation}
        onChange={event => props.onConfirmation(event.target.value)}
        error={
          props.confirmation !== '' &&
          !props.databaseId.startsWith(props.confirmation)
        }
        autoComplete="off"
        spellCheck={false}
        required
        fullWidth
        margin="normal"
      />
      <TextField
        id="database-ops-restore-reason"
        label="Reason"
        helperText="Stands in the audit history. Optional."
        value={props.reason}
        onChange={event => props.onReason(event.target.value)}
        inputProps={{ maxLength: 1000 }}
        fullWidth
        margin="normal"
      />
    </>
  );
}
