import Button, { ButtonProps } from '@material-ui/core/Button';
import { makeStyles } from '@material-ui/core/styles';

const useStyles = makeStyles(theme => ({
  root: {
    color: theme.palette.error.main,
    borderColor: theme.palette.error.main,
  },
}));

/** A button that takes away what somebody uses: red, and outlined so that it does not invite. */
export function DangerButton(
  props: Omit<ButtonProps, 'variant' | 'color' | 'className'>,
) {
  const classes = useStyles();
  return <Button {...props} variant="outlined" className={classes.root} />;
}
