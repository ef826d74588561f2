import Table from '@material-ui/core/Table';
import TableBody from '@material-ui/core/TableBody';
import TableCell from '@material-ui/core/TableCell';
import TableContainer from '@material-ui/core/TableContainer';
import TableHead from '@material-ui/core/TableHead';
import TableRow from '@material-ui/core/TableRow';
import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import { Statement } from 'backstage-plugin-database-ops-common';
import { RowHeader } from '../layout/RowHeader';
import { stackedTable } from '../layout/stackedTable';
import { formatValue } from '../units/format';
import { SqlText } from './SqlText';

const useStyles = makeStyles(theme => ({
  table: {
    ...stackedTable(theme),
    '& td[data-number]': {
      whiteSpace: 'nowrap',
      fontVariantNumeric: 'tabular-nums',
    },
  },
  statement: { minWidth: 240, fontWeight: 'normal' },
  share: { minWidth: 96 },
  track: {
    height: 6,
    marginTop: theme.spacing(0.5),
    backgroundColor: theme.palette.action.hover,
  },
  bar: {
    height: '100%',
    minWidth: 1,
    backgroundColor: theme.palette.primary.main,
  },
}));

function Share(props: { percent: number }) {
  const classes = useStyles();
  const { percent } = props;
  return (
    <>
      {percent.toFixed(1)} %
      <div className={classes.track} aria-hidden>
        <div
          className={classes.bar}
          style={{ width: `${Math.min(100, Math.max(0, percent))}%` }}
        />
      </div>
    </>
  );
}

/** The statements that took most time, the heaviest first. */
export function StatementTable(props: {
  databaseId: string;
  statements: readonly Statement[];
}) {
  const classes = useStyles();
  return (
    <TableContainer>
      <Table
        size="small"
        aria-label={`Top statements of ${props.databaseId}`}
        className={classes.table}
      >
        <TableHead>
          <TableRow>
            <TableCell>Statement</TableCell>
            <TableCell>Share of time</TableCell>
            <TableCell>Total</TableCell>
            <TableCell>Mean</TableCell>
            <TableCell>Calls</TableCell>
            <TableCell>Rows</TableCell>
          </TableRow>
        </TableHead>
        <TableBody>
          {props.statements.map(statement => (
            <TableRow
              key={`${statement.queryId} ${statement.databaseName} ${statement.username}`}
            >
              <RowHeader className={classes.statement}>
                <SqlText text={statement.text} />
                {(statement.username || statement.databaseName) && (
                  <Typography
                    variant="caption"
                    color="textSecondary"
                    component="div"
                  >
                    {[statement.username, statement.databaseName]
                      .filter(Boolean)
                      .join(' in ')}
                  </Typography>
                )}
              </RowHeader>
              <TableCell
                data-number
                data-label="Share of time"
                className={classes.share}
              >
                <Share percent={statement.sharePercent} />
              </TableCell>
              <TableCell data-number data-label="Total">
                {formatValue(statement.totalMilliseconds / 1000, 's')}
              </TableCell>
              <TableCell data-number data-label="Mean">
                {formatValue(statement.meanMilliseconds / 1000, 's')}
              </TableCell>
              <TableCell data-number data-label="Calls">
                {statement.calls.toLocaleString('en-GB')}
              </TableCell>
              <TableCell data-number data-label="Rows">
                {statement.rows.toLocaleString('en-GB')}
              </TableCell>
            </TableRow>
          ))}
        </TableBody>
      </Table>
    </TableContainer>
  );
}
