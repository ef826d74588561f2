import { ReactNode, useId } from 'react';
import Drawer from '@material-ui/core/Drawer';
import IconButton from '@material-ui/core/IconButton';
import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import CloseIcon from '@material-ui/icons/Close';

const useStyles = makeStyles(theme => ({
  paper: { width: 'min(720px, 100vw)' },
  wide: { width: 'min(960px, 100vw)' },
  header: {
    display: 'flex',
    alignItems: 'flex-start',
    justifyContent: 'space-between',
    padding: theme.spacing(2, 1, 1, 3),
  },
  content: { padding: theme.spacing(0, 3, 3), overflowX: 'auto' },
}));

/** One level deeper, beside the page and without leaving it. */
export function SideDrawer(props: {
  title: string;
  open: boolean;
  onClose: () => void;
  /** Room for a table of many columns. */
  wide?: boolean;
  children: ReactNode;
}) {
  const classes = useStyles();
  const titleId = useId();
  return (
    <Drawer
      anchor="right"
      open={props.open}
      onClose={props.onClose}
      transitionDuration={0}
      PaperProps={
        {
          className: props.wide ? classes.wide : classes.paper,
          role: 'dialog',
          'aria-modal': true,
          'aria-labelledby': titleId,
        } as object
      }
    >
      <div className={classes.header}>
        <Typography id={titleId} variant="h5" component="h2">
          {props.title}
        </Typography>
        <IconButton aria-label="Close" onClick={props.onClose}>
          <CloseIcon />
        </IconButton>
      </div>
      <div className={classes.content}>{props.children}</div>
    </Drawer>
  );
}
