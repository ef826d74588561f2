import { useState } from 'react';
import Button from '@material-ui/core/Button';
import Table from '@material-ui/core/Table';
import TableBody from '@material-ui/core/TableBody';
import TableCell from '@material-ui/core/TableCell';
import TableContainer from '@material-ui/core/TableContainer';
import TableHead from '@material-ui/core/TableHead';
import TableRow from '@material-ui/core/TableRow';
import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import { RetentionEntry } from 'backstage-plugin-database-ops-common';
import { ActionButton } from '../layout/ActionButton';
import { RowHeader } from '../layout/RowHeader';
import { stackedTable } from '../layout/stackedTable';
import { StatusLabel } from '../status/StatusLabel';
import { When } from '../time/When';
import { Size } from '../units/Size';
import { KEEP_WORD, marksOf, REMOVE_WORD } from './words';

const SHOWN_ENTRIES = 30;

const useStyles = makeStyles(theme => ({ table: stackedTable(theme) }));

function Row(props: {
  entry: RetentionEntry;
  whyNotPin?: string;
  onPin: (backupId: string) => void;
}) {
  const { entry } = props;
  const marks = marksOf(entry);
  return (
    <TableRow>
      <RowHeader>
        {entry.backupId}
        <Typography variant="body2" color="textSecondary" component="div">
          {entry.type}, <When at={entry.stoppedAt} />
        </Typography>
      </RowHeader>
      <TableCell data-label="Now">
        <StatusLabel {...(entry.keep ? KEEP_WORD : REMOVE_WORD)} />
        {marks.length > 0 && (
          <Typography variant="body2" color="textSecondary" component="div">
            {marks.join(', ')}
          </Typography>
        )}
      </TableCell>
      <TableCell data-label="Why">
        {entry.reasons.map(reason => (
          <div key={reason}>{reason}</div>
        ))}
        {entry.dependents.length > 0 && (
          <Typography variant="body2" color="textSecondary" component="div">
            {entry.keep ? 'Needed by' : 'With it go'}{' '}
            {entry.dependents.join(', ')}
          </Typography>
        )}
      </TableCell>
      <TableCell data-label="Size">
        <Size bytes={entry.repositorySizeBytes} />
      </TableCell>
      <TableCell>
        <ActionButton
          size="small"
          color="primary"
          aria-label={`Pin ${entry.backupId}`}
          disabledReason={props.whyNotPin}
          onClick={() => props.onPin(entry.backupId)}
        >
          Pin…
        </ActionButton>
      </TableCell>
    </TableRow>
  );
}

/** Each backup with what retention does to it and why; what goes comes first. */
export function RetentionTable(props: {
  databaseId: string;
  entries: readonly RetentionEntry[];
  /** Why the viewer cannot pin; absent when they can. */
  whyNotPin?: string;
  onPin: (backupId: string) => void;
}) {
  const { entries, databaseId } = props;
  const classes = useStyles();
  const [all, setAll] = useState(false);
  const sorted = [...entries].sort(
    (a, b) =>
      Number(a.keep) - Number(b.keep) ||
      Date.parse(b.stoppedAt) - Date.parse(a.stoppedAt),
  );
  const shown = all ? sorted : sorted.slice(0, SHOWN_ENTRIES);
  return (
    <>
      <TableContainer>
        <Table
          size="small"
          aria-label={`Retention of ${databaseId}`}
          className={classes.table}
        >
          <TableHead>
            <TableRow>
              <TableCell>Backup</TableCell>
              <TableCell>Now</TableCell>
              <TableCell>Why</TableCell>
              <TableCell>Size</TableCell>
              <TableCell>Pin</TableCell>
            </TableRow>
          </TableHead>
          <TableBody>
            {shown.map(entry => (
              <Row
                key={entry.backupId}
                entry={entry}
                whyNotPin={props.whyNotPin}
                onPin={props.onPin}
              />
            ))}
          </TableBody>
        </Table>
      </TableContainer>
      {shown.length < sorted.length && (
        <Button size="small" color="primary" onClick={() => setAll(true)}>
          Show all {sorted.length}
        </Button>
      )}
    </>
  );
}
