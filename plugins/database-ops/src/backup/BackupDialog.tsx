import { useState } from 'react';
import Button from '@material-ui/core/Button';
import FormControl from '@material-ui/core/FormControl';
import FormControlLabel from '@material-ui/core/FormControlLabel';
import FormHelperText from '@material-ui/core/FormHelperText';
import FormLabel from '@material-ui/core/FormLabel';
import Radio from '@material-ui/core/Radio';
import RadioGroup from '@material-ui/core/RadioGroup';
import TextField from '@material-ui/core/TextField';
import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import { Database } from 'backstage-plugin-database-ops-common';
import { ActionDialog } from '../layout/ActionDialog';
import { StartError } from '../operations/StartError';
import { useStart } from '../operations/useStart';
import {
  draftOf,
  fieldsOf,
  ParameterDraft,
  parametersOf,
  problemOf,
} from '../parameters/fields';
import { ParameterFields } from '../parameters/ParameterFields';

const useStyles = makeStyles(theme => ({
  described: { margin: theme.spacing(-1, 0, 1, 4) },
}));

type Given = Readonly<Record<string, unknown>>;

function BackupForm(props: {
  database: Database;
  onClose: () => void;
  given: Given;
}) {
  const { database, given } = props;
  const classes = useStyles();
  const types = database.capabilities?.backupTypes ?? [];
  const [typeId, setTypeId] = useState(
    typeof given.type === 'string' ? given.type : (types[0]?.id ?? ''),
  );
  const type = types.find(candidate => candidate.id === typeId) ?? types[0];
  const fields = fieldsOf(type?.parameters, ['type']);
  const [changed, setChanged] = useState<ParameterDraft>({});
  const draft = { ...draftOf(fields, given), ...changed };
  const [reason, setReason] = useState('');
  const { start, starting, error } = useStart();
  const wrong = fields.some(field => problemOf(field, draft[field.name]));

  const submit = () => {
    if (!type || wrong || starting) {
      return;
    }
    start({
      databaseId: database.id,
      kind: 'backup',
      parameters: { ...parametersOf(fields, draft), type: type.id },
      reason: reason || undefined,
    });
  };

  return (
    <ActionDialog
      title={`Back up ${database.id}`}
      open
      onClose={props.onClose}
      onSubmit={submit}
      actions={
        <Button
          type="submit"
          color="primary"
          variant="contained"
          disabled={!type || wrong || starting}
        >
          {starting ? 'Starting' : 'Start backup'}
        </Button>
      }
    >
      {types.length === 1 && (
        <Typography variant="body2">
          <strong>{types[0].title}.</strong> {types[0].description}
        </Typography>
      )}
      {types.length > 1 && (
        <FormControl component="fieldset">
          <FormLabel component="legend">Type</FormLabel>
          <RadioGroup
            value={typeId}
            onChange={event => {
              setTypeId(event.target.value);
              setChanged({});
            }}
          >
            {types.map(({ id, title, description }) => (
              <div key={id}>
                <FormControlLabel
                  value={id}
                  control={<Radio color="primary" />}
                  label={title}
                />
                <FormHelperText className={classes.described}>
                  {description}
                </FormHelperText>
              </div>
            ))}
          </RadioGroup>
        </FormControl>
      )}
      <ParameterFields fields={fields} draft={draft} onChange={setChanged} />
      <TextField
        id="database-ops-reason"
        label="Reason"
        helperText="Stands in the audit history. Optional."
        value={reason}
        onChange={event => setReason(event.target.value)}
        inputProps={{ maxLength: 1000 }}
        fullWidth
        margin="normal"
      />
      <StartError error={error} />
    </ActionDialog>
  );
}

/**
 * Starts a backup; its form comes from the engine's capabilities. Mounted
 * while open only, so that each opening has a fresh form and key.
 */
export function BackupDialog(props: {
  database: Database;
  open: boolean;
  onClose: () => void;
  /** Parameters of an operation that is tried again. */
  given?: Given;
}) {
  return props.open ? (
    <BackupForm
      database={props.database}
      onClose={props.onClose}
      given={props.given ?? {}}
    />
  ) : null;
}
