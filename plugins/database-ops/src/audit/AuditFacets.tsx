import { useEffect, useState } from 'react';
import TextField from '@material-ui/core/TextField';
import { makeStyles } from '@material-ui/core/styles';
import { AuditOutcome } from 'backstage-plugin-database-ops-common';
import { OUTCOME_WORDS } from '../status/kinds';

export interface AuditQuery {
  readonly databaseId?: string;
  readonly actor?: string;
  readonly outcome?: string;
  readonly text?: string;
}

const TYPING_PAUSE_MS = 400;

const useStyles = makeStyles(theme => ({
  root: {
    display: 'flex',
    flexWrap: 'wrap',
    gap: theme.spacing(2),
    marginBottom: theme.spacing(2),
  },
  field: { minWidth: 180, flex: '1 1 180px', maxWidth: 320 },
}));

/** A text field that passes its content on when typing pauses. */
function TypedField(props: {
  id: string;
  label: string;
  value: string;
  onValue: (value: string) => void;
}) {
  const classes = useStyles();
  const [typed, setTyped] = useState(props.value);
  const { value, onValue } = props;
  useEffect(() => setTyped(value), [value]);
  useEffect(() => {
    if (typed === value) {
      return undefined;
    }
    const timer = setTimeout(() => onValue(typed), TYPING_PAUSE_MS);
    return () => clearTimeout(timer);
  }, [typed, value, onValue]);
  return (
    <TextField
      id={props.id}
      label={props.label}
      className={classes.field}
      value={typed}
      onChange={event => setTyped(event.target.value)}
    />
  );
}

/** Which audit events to show. */
export function AuditFacets(props: {
  query: AuditQuery;
  databaseIds: readonly string[];
  onQuery: (name: keyof AuditQuery, value: string) => void;
}) {
  const classes = useStyles();
  const { query, databaseIds, onQuery } = props;
  const known =
    query.databaseId && !databaseIds.includes(query.databaseId)
      ? [query.databaseId, ...databaseIds]
      : databaseIds;
  const select = {
    select: true,
    SelectProps: { native: true },
    InputLabelProps: { shrink: true },
    className: classes.field,
  } as const;
  return (
    <div className={classes.root}>
      <TypedField
        id="database-ops-audit-text"
        label="Words"
        value={query.text ?? ''}
        onValue={value => onQuery('text', value)}
      />
      <TextField
        id="database-ops-audit-database"
        label="Database"
        value={query.databaseId ?? ''}
        onChange={event => onQuery('databaseId', event.target.value)}
        {...select}
      >
        <option value="">All</option>
        {known.map(id => (
          <option key={id} value={id}>
            {id}
          </option>
        ))}
      </TextField>
      <TypedField
        id="database-ops-audit-actor"
        label="Actor (user:default/name)"
        value={query.actor ?? ''}
        onValue={value => onQuery('actor', value)}
      />
      <TextField
        id="database-ops-audit-outcome"
        label="Outcome"
        value={query.outcome ?? ''}
        onChange={event => onQuery('outcome', event.target.value)}
        {...select}
      >
        <option value="">All</option>
        {(Object.keys(OUTCOME_WORDS) as AuditOutcome[]).map(outcome => (
          <option key={outcome} value={outcome}>
            {OUTCOME_WORDS[outcome].word}
          </option>
        ))}
      </TextField>
    </div>
  );
}
