import Table from '@material-ui/core/Table';
import TableBody from '@material-ui/core/TableBody';
import TableCell from '@material-ui/core/TableCell';
import TableHead from '@material-ui/core/TableHead';
import TableRow from '@material-ui/core/TableRow';
import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import { RowHeader } from '../layout/RowHeader';
import { FieldChange } from './difference';

const useStyles = makeStyles(theme => ({
  value: { overflowWrap: 'anywhere' },
  table: { marginBottom: theme.spacing(2) },
}));

function Value(props: { value?: string; as: 'del' | 'ins' }) {
  const { value, as: Element } = props;
  const classes = useStyles();
  return value === undefined ? (
    <Typography variant="body2" color="textSecondary">
      nothing
    </Typography>
  ) : (
    <code className={classes.value}>
      <Element>{value}</Element>
    </code>
  );
}

/** What an event changed: each field with what stood there and what stands. */
export function Changes(props: { changes: readonly FieldChange[] }) {
  const classes = useStyles();
  if (props.changes.length === 0) {
    return (
      <Typography variant="body2" paragraph>
        Before and after are the same.
      </Typography>
    );
  }
  return (
    <Table size="small" aria-label="What changed" className={classes.table}>
      <TableHead>
        <TableRow>
          <TableCell>Field</TableCell>
          <TableCell>Before</TableCell>
          <TableCell>After</TableCell>
        </TableRow>
      </TableHead>
      <TableBody>
        {props.changes.map(({ path, before, after }) => (
          <TableRow key={path}>
            <RowHeader>
              <code className={classes.value}>{path || 'value'}</code>
            </RowHeader>
            <TableCell>
              <Value value={before} as="del" />
            </TableCell>
            <TableCell>
              <Value value={after} as="ins" />
            </TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}
