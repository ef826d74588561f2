import { KeyboardEvent, useState } from 'react';
import { useApi } from '@backstage/core-plugin-api';
import TextField from '@material-ui/core/TextField';
import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import {
  Database,
  QueryResult,
  RestoredInstance,
} from 'backstage-plugin-database-ops-common';
import { databaseOpsApiRef } from '../api/DatabaseOpsApi';
import { sentenceOf } from '../api/errors';
import { ActionButton } from '../layout/ActionButton';
import { useSubmit } from '../layout/useSubmit';
import { lackOf } from '../operations/reasons';
import { StatusLabel } from '../status/StatusLabel';
import { QueryRows } from './QueryRows';

const LONGEST_STATEMENT = 10_000;

const useStyles = makeStyles(theme => ({
  root: { marginBottom: theme.spacing(3) },
  statement: { fontFamily: 'monospace', fontSize: '0.875rem' },
  actions: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: theme.spacing(1),
    margin: theme.spacing(1, 0),
  },
  error: {
    margin: theme.spacing(0.5, 0, 0),
    padding: theme.spacing(1),
    backgroundColor: theme.palette.background.default,
    whiteSpace: 'pre-wrap',
    overflowWrap: 'anywhere',
  },
}));

/** Asks a paused copy one read-only statement at a time. */
export function QueryBox(props: {
  database: Database;
  instance: RestoredInstance;
}) {
  const { database, instance } = props;
  const classes = useStyles();
  const api = useApi(databaseOpsApiRef);
  const [statement, setStatement] = useState('');
  const [result, setResult] = useState<QueryResult>();
  const lack = lackOf(database, 'query');
  const { busy, error, submit } = useSubmit(async () => {
    setResult(undefined);
    setResult(await api.queryRestoredInstance(instance.id, statement.trim()));
  });
  const ready = statement.trim() !== '' && !busy && !lack;
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && ready) {
      event.preventDefault();
      submit();
    }
  };
  let whyNot = lack;
  if (!lack && statement.trim() === '') {
    whyNot = 'Write a statement first.';
  }
  return (
    <section
      className={classes.root}
      aria-label={`Ask restored instance ${instance.id}`}
    >
      <TextField
        id="database-ops-statement"
        label="Read-only statement"
        value={statement}
        onChange={event => setStatement(event.target.value)}
        onKeyDown={onKeyDown}
        placeholder="SELECT count(*) FROM …"
        helperText="One statement. It stands in the audit history, with your name."
        InputLabelProps={{ shrink: true }}
        InputProps={{ className: classes.statement }}
        inputProps={{
          maxLength: LONGEST_STATEMENT,
          spellCheck: false,
          autoCapitalize: 'off',
        }}
        disabled={lack !== undefined}
        variant="outlined"
        multiline
        minRows={3}
        maxRows={12}
        fullWidth
        margin="dense"
      />
      <div className={classes.actions}>
        <ActionButton
          variant="outlined"
          color="primary"
          disabledReason={busy ? 'It is running.' : whyNot}
          onClick={submit}
        >
          {busy ? 'Running' : 'Run'}
        </ActionButton>
        <Typography variant="caption" color="textSecondary">
          {lack ?? 'Ctrl+Enter runs it.'}
        </Typography>
      </div>
      {error && (
        <Typography variant="body2" component="div" role="alert">
          <StatusLabel look="bad" word="It gave an error" />
          <pre className={classes.error}>{sentenceOf(error)}</pre>
        </Typography>
      )}
      {result && <QueryRows result={result} />}
    </section>
  );
}
