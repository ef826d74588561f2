import { useState } from 'react';
import { toError } from '@backstage/errors';
import { useApi } from '@backstage/core-plugin-api';
import Button from '@material-ui/core/Button';
import { makeStyles } from '@material-ui/core/styles';
import { ExportAuditEvents } from 'backstage-plugin-database-ops-common';
import { databaseOpsApiRef } from '../api/DatabaseOpsApi';
import { ErrorNote } from '../layout/notes';

type Format = ExportAuditEvents['query']['format'];

const FORMATS: readonly { format: Format; label: string; type: string }[] = [
  { format: 'csv', label: 'Export CSV', type: 'text/csv' },
  { format: 'jsonl', label: 'Export JSON lines', type: 'application/jsonl' },
];

const useStyles = makeStyles(theme => ({
  actions: {
    display: 'flex',
    flexWrap: 'wrap',
    justifyContent: 'flex-end',
    gap: theme.spacing(1),
  },
}));

/** Hands a text to the browser as a file. */
function save(name: string, type: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}

/** The events that the filters leave, as a file. */
export function AuditExport(props: {
  query: Omit<ExportAuditEvents['query'], 'format'>;
}) {
  const classes = useStyles();
  const api = useApi(databaseOpsApiRef);
  const [busy, setBusy] = useState<Format>();
  const [error, setError] = useState<Error>();
  const run = async (format: Format, type: string) => {
    setBusy(format);
    setError(undefined);
    try {
      const text = await api.exportAuditEvents({ ...props.query, format });
      const day = new Date().toISOString().slice(0, 10);
      save(`database-ops-audit-${day}.${format}`, type, text);
    } catch (caught) {
      setError(toError(caught));
    }
    setBusy(undefined);
  };
  return (
    <>
      <div className={classes.actions}>
        {FORMATS.map(({ format, label, type }) => (
          <Button
            key={format}
            size="small"
            color="primary"
            disabled={busy !== undefined}
            onClick={() => run(format, type)}
          >
            {busy === format ? 'Exporting' : label}
          </Button>
        ))}
      </div>
      {error && <ErrorNote error={error} what="the export" />}
    </>
  );
}
