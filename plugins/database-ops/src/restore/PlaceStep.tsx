import FormControl from '@material-ui/core/FormControl';
import FormControlLabel from '@material-ui/core/FormControlLabel';
import FormHelperText from '@material-ui/core/FormHelperText';
import FormLabel from '@material-ui/core/FormLabel';
import Radio from '@material-ui/core/Radio';
import RadioGroup from '@material-ui/core/RadioGroup';
import TextField from '@material-ui/core/TextField';
import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import { ParameterFields } from '../parameters/ParameterFields';
import { formatIsoDuration } from '../time/format';
import { exactBytes, formatBytes } from '../units/format';
import { EXPIRY_CHOICES } from './expiry';
import { RestoreDraft } from './useRestoreDraft';

const useStyles = makeStyles(theme => ({
  pause: { marginTop: theme.spacing(2) },
  described: { margin: theme.spacing(-1, 0, 1, 4) },
}));

function Pause(props: { draft: RestoreDraft }) {
  const classes = useStyles();
  const { pause, setPause } = props.draft;
  return (
    <FormControl component="fieldset" className={classes.pause}>
      <FormLabel component="legend">When it is there</FormLabel>
      <RadioGroup
        value={pause ? 'pause' : 'open'}
        onChange={event => setPause(event.target.value === 'pause')}
      >
        <FormControlLabel
          value="pause"
          control={<Radio color="primary" />}
          label="Pause to look first"
        />
        <FormHelperText className={classes.described}>
          It can be read, moved to a later moment, promoted or discarded.
        </FormHelperText>
        <FormControlLabel
          value="open"
          control={<Radio color="primary" />}
          label="Open it at once"
        />
        <FormHelperText className={classes.described}>
          It can be written to at once and cannot move to another moment any
          more.
        </FormHelperText>
      </RadioGroup>
    </FormControl>
  );
}

/** Second step: a new place, how long it is kept, and the engine's own parameters. */
export function PlaceStep(props: { draft: RestoreDraft; sizeBytes?: number }) {
  const { draft, sizeBytes } = props;
  const choices = new Set<string>([...EXPIRY_CHOICES, draft.expiresAfter]);
  return (
    <>
      <Typography variant="body2">
        <strong>New place.</strong> The restore makes an instance of its own
        beside the worker, with its own directory and port.
        {sizeBytes !== undefined && (
          <>
            {' '}
            It writes{' '}
            <span title={exactBytes(sizeBytes)}>{formatBytes(sizeBytes)}</span>.
          </>
        )}
      </Typography>
      <TextField
        id="database-ops-expiry"
        label="Keep for"
        select
        SelectProps={{ native: true }}
        value={draft.expiresAfter}
        onChange={event => draft.setExpiresAfter(event.target.value)}
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
      {draft.parts.action && <Pause draft={draft} />}
      <ParameterFields
        fields={draft.parts.how}
        draft={draft.values}
        onChange={draft.setValues}
      />
    </>
  );
}
