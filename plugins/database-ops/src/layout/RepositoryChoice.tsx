import TextField from '@material-ui/core/TextField';
import { Database } from 'backstage-plugin-database-ops-common';

/** The repositories among which there is a choice; empty when there is one only. */
export function repositoriesOf(database: Database): readonly string[] {
  const ids = database.repositoryIds ?? [];
  return ids.length > 1 ? ids : [];
}

/** Which of a database's repositories is meant; nothing where it has one only. */
export function RepositoryChoice(props: {
  database: Database;
  repositoryId: string;
  onChange: (repositoryId: string) => void;
  helperText?: string;
}) {
  const ids = repositoriesOf(props.database);
  return ids.length === 0 ? null : (
    <TextField
      id="database-ops-repository"
      label="Repository"
      select
      SelectProps={{ native: true }}
      value={props.repositoryId}
      onChange={event => props.onChange(event.target.value)}
      helperText={props.helperText}
      fullWidth
      margin="normal"
    >
      {ids.map((id, index) => (
        <option key={id} value={id}>
          {id}
          {index === 0 ? ' (the first)' : ''}
        </option>
      ))}
    </TextField>
  );
}
