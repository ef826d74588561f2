import { ComponentProps } from 'react';
import TableCell from '@material-ui/core/TableCell';

/**
 * The cell that names its row. Material UI gives a `th` in a table's body the
 * role of a plain cell: the name would not be read out with the row's others.
 */
export function RowHeader(
  props: Pick<
    ComponentProps<typeof TableCell>,
    'children' | 'className' | 'padding' | 'variant'
  >,
) {
  return <TableCell component="th" scope="row" role="rowheader" {...props} />;
}
