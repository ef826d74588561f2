import Checkbox from '@material-ui/core/Checkbox';
import FormControlLabel from '@material-ui/core/FormControlLabel';
import FormHelperText from '@material-ui/core/FormHelperText';
import TextField from '@material-ui/core/TextField';
import { formatIsoDuration } from '../time/format';
import {
  ParameterDraft,
  ParameterField,
  ParameterValue,
  problemOf,
} from './fields';

function Field(props: {
  field: ParameterField;
  value: ParameterValue;
  onChange: (value: ParameterValue) => void;
}) {
  const { field, value, onChange } = props;
  const problem = problemOf(field, value);
  if (field.kind === 'boolean') {
    return (
      <div>
        <FormControlLabel
          label={field.title}
          control={
            <Checkbox
              color="primary"
              checked={value === true}
              onChange={event => onChange(event.target.checked)}
            />
          }
        />
        {field.description && (
          <FormHelperText>{field.description}</FormHelperText>
        )}
      </div>
    );
  }
  const inWords =
    field.kind === 'duration' && value !== '' && !problem
      ? `${formatIsoDuration(String(value))}. `
      : '';
  return (
    <TextField
      id={`database-ops-${field.name}`}
      label={field.title}
      value={String(value)}
      required={field.required}
      error={problem !== undefined}
      helperText={problem ?? `${inWords}${field.description ?? ''}`}
      type={field.kind === 'number' ? 'number' : 'text'}
      select={field.kind === 'choice'}
      SelectProps={{ native: true }}
      InputLabelProps={field.kind === 'choice' ? { shrink: true } : undefined}
      fullWidth
      margin="normal"
      onChange={event => onChange(event.target.value)}
    >
      {field.kind === 'choice' &&
        [
          ...(field.required && field.initial !== '' ? [] : ['']),
          ...field.choices,
        ].map(choice => (
          <option key={choice} value={choice}>
            {choice}
          </option>
        ))}
    </TextField>
  );
}

/** A form drawn from an engine's capabilities. */
export function ParameterFields(props: {
  fields: readonly ParameterField[];
  draft: ParameterDraft;
  onChange: (draft: ParameterDraft) => void;
}) {
  return (
    <>
      {props.fields.map(field => (
        <Field
          key={field.name}
          field={field}
          value={props.draft[field.name] ?? field.initial}
          onChange={value =>
            props.onChange({ ...props.draft, [field.name]: value })
          }
        />
      ))}
    </>
  );
}
