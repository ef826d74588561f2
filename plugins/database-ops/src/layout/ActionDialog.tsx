import { FormEvent, ReactNode, useId } from 'react';
import Button from '@material-ui/core/Button';
import Dialog from '@material-ui/core/Dialog';
import DialogActions from '@material-ui/core/DialogActions';
import DialogContent from '@material-ui/core/DialogContent';
import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';

const useStyles = makeStyles(theme => ({
  title: { padding: theme.spacing(2, 3, 0) },
  actions: { padding: theme.spacing(1, 3, 2), justifyContent: 'space-between' },
  forward: { display: 'flex', gap: theme.spacing(1) },
}));

/**
 * A dialog with its harmless way out on the left and what it does on the
 * right, so that the two are never beside each other.
 */
export function ActionDialog(props: {
  title: string;
  onClose: () => void;
  /** What leaves without doing anything, for example "Keep it". */
  closeLabel?: string;
  actions: ReactNode;
  onSubmit?: () => void;
  /** Room for a drawing. */
  wide?: boolean;
  children: ReactNode;
}) {
  const classes = useStyles();
  const titleId = useId();
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    props.onSubmit?.();
  };
  return (
    <Dialog
      open
      onClose={props.onClose}
      aria-labelledby={titleId}
      transitionDuration={0}
      maxWidth={props.wide ? 'md' : 'sm'}
      fullWidth
    >
      <form onSubmit={onSubmit} noValidate>
        <div className={classes.title}>
          <Typography id={titleId} variant="h5" component="h2">
            {props.title}
          </Typography>
        </div>
        <DialogContent>{props.children}</DialogContent>
        <DialogActions disableSpacing className={classes.actions}>
          <Button type="button" onClick={props.onClose}>
            {props.closeLabel ?? 'Close'}
          </Button>
          <div className={classes.forward}>{props.actions}</div>
        </DialogActions>
      </form>
    </Dialog>
  );
}
