import TextField from '@material-ui/core/TextField';

/** The name of what is concerned, typed: nobody does that by accident. */
export function TypedName(props: {
  name: string;
  value: string;
  onChange: (value: string) => void;
}) {
  const { name, value } = props;
  return (
    <TextField
      id="database-ops-confirmation"
      label={`Type ${name} to confirm`}
      value={value}
      onChange={event => props.onChange(event.target.value)}
      error={value !== '' && !name.startsWith(value)}
      autoComplete="off"
      spellCheck={false}
      required
      fullWidth
      margin="normal"
    />
  );
}

const LONGEST_REASON = 1000;

/** Why it is done, for the audit history. */
export function ReasonField(props: {
  value: string;
  onChange: (value: string) => void;
  /** Absent: the reason is optional. */
  neededBecause?: string;
}) {
  const { neededBecause } = props;
  return (
    <TextField
      id="database-ops-reason"
      label="Reason"
      helperText={neededBecause ?? 'Stands in the audit history. Optional.'}
      required={neededBecause !== undefined}
      value={props.value}
      onChange={event => props.onChange(event.target.value)}
      inputProps={{ maxLength: LONGEST_REASON }}
      fullWidth
      margin="normal"
    />
  );
}
