import Table from '@material-ui/core/Table';
import TableBody from '@material-ui/core/TableBody';
import TableCell from '@material-ui/core/TableCell';
import TableHead from '@material-ui/core/TableHead';
import TableRow from '@material-ui/core/TableRow';
import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import { QueryResult } from 'backstage-plugin-database-ops-common';
import { StatusLabel } from '../status/StatusLabel';

const SHORT_CHARACTERS = 40;

const useStyles = makeStyles(theme => ({
  scroll: {
    maxHeight: 360,
    overflow: 'auto',
    border: `1px solid ${theme.palette.divider}`,
    '& th, & td': {
      padding: theme.spacing(0.5, 1),
      verticalAlign: 'top',
      whiteSpace: 'pre-wrap',
      wordBreak: 'normal',
      overflowWrap: 'break-word',
      maxWidth: 420,
    },
  },
  // Numbers and times stay whole: the table scrolls.
  short: { '&&': { whiteSpace: 'pre' } },
  type: { fontWeight: 'normal', color: theme.palette.text.secondary },
  nothing: { fontStyle: 'italic', color: theme.palette.text.secondary },
}));

/** What a statement returned. */
export function QueryRows(props: { result: QueryResult }) {
  const classes = useStyles();
  const { columns, rows, truncated, sentence } = props.result;
  return (
    <>
      <Typography variant="body2" component="div" role="status">
        {truncated && (
          <div>
            <StatusLabel look="warning" word="Not all rows" />
          </div>
        )}
        {sentence}
      </Typography>
      {columns.length > 0 && (
        <div
          className={classes.scroll}
          role="region"
          aria-label="Rows"
          // What scrolls has to be reached by keyboard.
          // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
          tabIndex={0}
        >
          <Table size="small" stickyHeader aria-label="Result">
            <TableHead>
              <TableRow>
                {columns.map(({ name, type }, index) => (
                  <TableCell key={`${index} ${name}`} className={classes.short}>
                    {name} <span className={classes.type}>{type}</span>
                  </TableCell>
                ))}
              </TableRow>
            </TableHead>
            <TableBody>
              {rows.map((row, rowIndex) => (
                <TableRow key={rowIndex}>
                  {row.map((value, index) => (
                    <TableCell
                      key={index}
                      className={
                        (value ?? '').length <= SHORT_CHARACTERS
                          ? classes.short
                          : undefined
                      }
                    >
                      {value ?? <span className={classes.nothing}>null</span>}
                    </TableCell>
                  ))}
                </TableRow>
              ))}
            </TableBody>
          </Table>
        </div>
      )}
    </>
  );
}
