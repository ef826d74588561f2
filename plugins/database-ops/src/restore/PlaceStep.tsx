import TextField from '@material-ui/core/TextField';
import Typography from '@material-ui/core/Typography';
import { ParameterDraft, ParameterField } from '../parameters/fields';
import { ParameterFields } from '../parameters/ParameterFields';
import { formatIsoDuration } from '../time/format';
import { exactBytes, formatBytes } from '../units/format';
import { EXPIRY_CHOICES } from './expiry';

/** Second step: a new place, how long it is kept, and the engine's own parameters. */
export function PlaceStep(props: {
  sizeBytes?: number;
  expiresAfter: string;
  onExpiresAfter: (expiresAfter: string) => void;
  fields: readonly ParameterField[];
  draft: ParameterDraft;
  onDraft: (draft: ParameterDraft) => void;
}) {
  const choices = new Set<string>([...EXPIRY_CHOICES, props.expiresAfter]);
  return (
    <>
      <Typography variant="body2">
        <strong>New place.</strong> The restore makes an instance of its own
        beside the worker, with its own directory and port.
        {props.sizeBytes !== undefined && (
          <>
            {' '}
            It writes{' '}
            <span title={exactBytes(props.sizeBytes)}>
              {formatBytes(props.sizeBytes)}
            </span>
            .
          </>
        )}
      </Typography>
      <TextField
        id="database-ops-expiry"
        label="Keep for"
        select
        SelectProps={{ native: true }}
        value={props.expiresAfter}
        onChange={event => props.onExpiresAfter(event.target.value)}
        helperText="Then it is discarded by itself. It can be discarded earlier."
        fullWidth
        margin="normal"
      >
        {[...choices].map(choice => (
          <option key={choice} value={choice}>
            {formatIsoDuration(choice)}
          </option>
        ))}
      </TextField>
      <ParameterFields
        fields={props.fields}
        draft={props.draft}
        onChange={props.onDraft}
      />
    </>
  );
}
