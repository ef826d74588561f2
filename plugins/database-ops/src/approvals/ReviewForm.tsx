import { FormEvent, useState } from 'react';
import { useApi } from '@backstage/core-plugin-api';
import Button from '@material-ui/core/Button';
import TextField from '@material-ui/core/TextField';
import Typography from '@material-ui/core/Typography';
import { databaseOpsApiRef } from '../api/DatabaseOpsApi';
import { ErrorNote } from '../layout/notes';
import { useSubmit } from '../layout/useSubmit';

const LONGEST_NOTE = 2000;

/** Records that somebody looked at an emergency override afterwards. */
export function ReviewForm(props: {
  operationId: string;
  onReviewed: () => void;
}) {
  const api = useApi(databaseOpsApiRef);
  const [note, setNote] = useState('');
  const { busy, error, submit } = useSubmit(async () => {
    await api.reviewOverride(props.operationId, note.trim());
    props.onReviewed();
  });
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (note.trim() !== '') {
      submit();
    }
  };
  return (
    <form onSubmit={onSubmit} noValidate>
      <Typography variant="body2">
        Nobody has reviewed this override yet. Whoever was not part of it says
        here what they found.
      </Typography>
      <TextField
        id="database-ops-review"
        label="Review"
        value={note}
        onChange={event => setNote(event.target.value)}
        inputProps={{ maxLength: LONGEST_NOTE }}
        multiline
        minRows={2}
        required
        fullWidth
        margin="normal"
      />
      <Button
        type="submit"
        variant="outlined"
        color="primary"
        disabled={note.trim() === '' || busy}
      >
        {busy ? 'Recording' : 'Record the review'}
      </Button>
      {error && <ErrorNote error={error} what="the review" doing />}
    </form>
  );
}
