import Table from '@material-ui/core/Table';
import TableBody from '@material-ui/core/TableBody';
import TableCell from '@material-ui/core/TableCell';
import TableHead from '@material-ui/core/TableHead';
import TableRow from '@material-ui/core/TableRow';
import Typography from '@material-ui/core/Typography';
import { Signal } from 'backstage-plugin-database-ops-common';
import { SIGNAL_WORDS, wordOf } from '../status/kinds';
import { StatusLabel } from '../status/StatusLabel';
import { Age } from '../time/When';
import { formatValue } from '../units/format';

/** Every signal with its value, unit, threshold and age. */
export function SignalTable(props: { signals: readonly Signal[] }) {
  return (
    <Table size="small" aria-label="Signals, worst first">
      <TableHead>
        <TableRow>
          <TableCell>Signal</TableCell>
          <TableCell>Status</TableCell>
          <TableCell>Value and limit</TableCell>
          <TableCell>Checked</TableCell>
        </TableRow>
      </TableHead>
      <TableBody>
        {props.signals.map(signal => (
          <TableRow key={signal.id}>
            <TableCell>
              <Typography variant="body2">
                <strong>{signal.title}</strong>
              </Typography>
              <Typography variant="body2" color="textSecondary">
                {signal.sentence}
              </Typography>
            </TableCell>
            <TableCell>
              <StatusLabel {...wordOf(SIGNAL_WORDS, signal.status)} />
            </TableCell>
            <TableCell>
              {signal.value === undefined
                ? '–'
                : formatValue(signal.value, signal.unit)}
              {signal.threshold && (
                <Typography variant="body2" color="textSecondary">
                  {signal.threshold}
                </Typography>
              )}
            </TableCell>
            <TableCell>
              <Age at={signal.observedAt} />
            </TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}
