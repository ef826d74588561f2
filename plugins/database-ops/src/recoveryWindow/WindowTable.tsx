import Table from '@material-ui/core/Table';
import TableBody from '@material-ui/core/TableBody';
import TableCell from '@material-ui/core/TableCell';
import TableContainer from '@material-ui/core/TableContainer';
import TableHead from '@material-ui/core/TableHead';
import TableRow from '@material-ui/core/TableRow';
import { RowHeader } from '../layout/RowHeader';
import { StatusLabel } from '../status/StatusLabel';
import { formatSeconds } from '../time/format';
import { When } from '../time/When';
import { Lane } from './lanes';
import { SPAN_WORDS } from './words';

/** The time line as a table, newest first: for reading and for screen readers. */
export function WindowTable(props: {
  lanes: readonly Lane[];
  databaseId: string;
}) {
  const { lanes } = props;
  const inSeveral =
    new Set(
      lanes.flatMap(lane =>
        lane.spans.flatMap(span => span.repositoryId ?? []),
      ),
    ).size > 1;
  return (
    <TableContainer>
      <Table size="small" aria-label={`Recovery window of ${props.databaseId}`}>
        <TableHead>
          <TableRow>
            <TableCell>Kind</TableCell>
            {lanes.length > 1 && <TableCell>Timeline</TableCell>}
            {inSeveral && <TableCell>Repository</TableCell>}
            <TableCell>From</TableCell>
            <TableCell>To</TableCell>
            <TableCell>Length</TableCell>
            <TableCell>Why</TableCell>
          </TableRow>
        </TableHead>
        <TableBody>
          {lanes.flatMap(lane =>
            [...lane.spans].reverse().map(span => (
              <TableRow
                key={`${lane.id}/${span.kind}${span.fromMs}/${span.repositoryId}`}
              >
                <RowHeader>{SPAN_WORDS[span.kind].word}</RowHeader>
                {lanes.length > 1 && <TableCell>{lane.timeline}</TableCell>}
                {inSeveral && (
                  <TableCell>
                    {span.repositoryId}
                    {span.unreachable && (
                      <div>
                        <StatusLabel look="bad" word="Does not answer" />
                      </div>
                    )}
                  </TableCell>
                )}
                <TableCell>
                  <When at={new Date(span.fromMs).toISOString()} yours />
                </TableCell>
                <TableCell>
                  <When at={new Date(span.toMs).toISOString()} yours />
                </TableCell>
                <TableCell>
                  {formatSeconds((span.toMs - span.fromMs) / 1000)}
                </TableCell>
                <TableCell>
                  {span.reason ?? SPAN_WORDS[span.kind].meaning}
                </TableCell>
              </TableRow>
            )),
          )}
        </TableBody>
      </Table>
    </TableContainer>
  );
}
