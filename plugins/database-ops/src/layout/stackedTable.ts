import { Theme } from '@material-ui/core/styles';

/**
 * A table whose rows become blocks on a phone, each cell with its column's
 * name (`data-label`) before it.
 */
export function stackedTable(theme: Theme) {
  return {
    // The portal's theme breaks words anywhere in a cell, headings included.
    '& th, & td': { wordBreak: 'normal', verticalAlign: 'top' },
    '& th, & td, & thead th': { padding: theme.spacing(0.75, 1) },
    '& thead th': { whiteSpace: 'nowrap', verticalAlign: 'bottom' },
    [theme.breakpoints.down('xs')]: {
      '& thead': { position: 'absolute', left: -9999 },
      '& tr, & td, & th[scope=row]': { display: 'block', border: 0 },
      '& td, & th[scope=row]': { padding: theme.spacing(0.25, 2) },
      '& td[data-label]::before': {
        content: "attr(data-label) ': '",
        color: theme.palette.text.secondary,
      },
      '& tbody tr': {
        padding: theme.spacing(1, 0),
        borderBottom: `1px solid ${theme.palette.divider}`,
      },
    },
  } as const;
}
