import { useId } from 'react';
import Button, { ButtonProps } from '@material-ui/core/Button';
import Tooltip from '@material-ui/core/Tooltip';
import { makeStyles } from '@material-ui/core/styles';

const useStyles = makeStyles(theme => ({
  off: {
    color: theme.palette.action.disabled,
    borderColor: theme.palette.action.disabledBackground,
    cursor: 'not-allowed',
    boxShadow: 'none',
    '&:hover': { backgroundColor: 'transparent', boxShadow: 'none' },
  },
  offContained: {
    backgroundColor: theme.palette.action.disabledBackground,
    '&:hover': { backgroundColor: theme.palette.action.disabledBackground },
  },
  hidden: { display: 'none' },
}));

/**
 * A button that, where it cannot be used, stays in the tab order and says why:
 * a disabled one could not be reached with the keyboard.
 */
export function ActionButton(
  props: Omit<ButtonProps, 'disabled'> & { disabledReason?: string },
) {
  const { disabledReason, onClick, className, ...rest } = props;
  const classes = useStyles();
  const reasonId = useId();
  if (!disabledReason) {
    return <Button {...rest} className={className} onClick={onClick} />;
  }
  return (
    <>
      <Tooltip title={disabledReason} placement="bottom">
        <Button
          {...rest}
          color="default"
          aria-disabled="true"
          aria-describedby={reasonId}
          disableRipple
          className={[
            className,
            classes.off,
            rest.variant === 'contained' && classes.offContained,
          ]
            .filter(Boolean)
            .join(' ')}
          onClick={event => event.preventDefault()}
        />
      </Tooltip>
      <span id={reasonId} className={classes.hidden}>
        {disabledReason}
      </span>
    </>
  );
}
