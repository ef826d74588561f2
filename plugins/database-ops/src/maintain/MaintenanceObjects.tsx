import Button from '@material-ui/core/Button';
import Checkbox from '@material-ui/core/Checkbox';
import Table from '@material-ui/core/Table';
import TableBody from '@material-ui/core/TableBody';
import TableCell from '@material-ui/core/TableCell';
import TableHead from '@material-ui/core/TableHead';
import TableRow from '@material-ui/core/TableRow';
import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import { MaintenanceItem } from 'backstage-plugin-database-ops-common';
import { RowHeader } from '../layout/RowHeader';
import { stackedTable } from '../layout/stackedTable';
import { Size } from '../units/Size';
import { Selection } from './useSelection';

const useStyles = makeStyles(theme => ({
  scroll: {
    maxHeight: 300,
    overflowY: 'auto',
    border: `1px solid ${theme.palette.divider}`,
  },
  table: stackedTable(theme),
  tick: { width: 48, '& > span': { padding: theme.spacing(0.5) } },
  object: { overflowWrap: 'anywhere' },
  size: { whiteSpace: 'nowrap' },
  picks: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: theme.spacing(0, 1),
    margin: theme.spacing(1, 0, 0.5),
  },
}));

/** The objects of a preview, each with its reason and whether it is taken. */
export function MaintenanceObjects(props: {
  items: readonly MaintenanceItem[];
  selection: Selection;
}) {
  const { items, selection } = props;
  const classes = useStyles();
  return (
    <>
      <div className={classes.picks}>
        <Typography variant="body2" role="status">
          {selection.picked.length} of {items.length} taken
        </Typography>
        <Button size="small" type="button" onClick={selection.pickSuggested}>
          Suggested
        </Button>
        <Button size="small" type="button" onClick={selection.pickAll}>
          All
        </Button>
        <Button size="small" type="button" onClick={selection.pickNone}>
          None
        </Button>
      </div>
      <div className={classes.scroll}>
        <Table size="small" aria-label="Objects" className={classes.table}>
          <TableHead>
            <TableRow>
              <TableCell>Take</TableCell>
              <TableCell>Object</TableCell>
              <TableCell>Size</TableCell>
              <TableCell>Why</TableCell>
            </TableRow>
          </TableHead>
          <TableBody>
            {items.map(item => (
              <TableRow key={item.object}>
                <TableCell className={classes.tick}>
                  <Checkbox
                    color="primary"
                    checked={selection.isPicked(item)}
                    onChange={() => selection.toggle(item)}
                    inputProps={{ 'aria-label': `Take ${item.object}` }}
                  />
                </TableCell>
                <RowHeader className={classes.object}>
                  <code>{item.object}</code>
                </RowHeader>
                <TableCell data-label="Size" className={classes.size}>
                  <Size bytes={item.sizeBytes} />
                </TableCell>
                <TableCell data-label="Why">{item.reason}</TableCell>
              </TableRow>
            ))}
          </TableBody>
        </Table>
      </div>
    </>
  );
}
