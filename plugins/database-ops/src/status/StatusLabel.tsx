import { ComponentType } from 'react';
import { SvgIconProps } from '@material-ui/core/SvgIcon';
import { makeStyles } from '@material-ui/core/styles';
import CheckCircleIcon from '@material-ui/icons/CheckCircle';
import ErrorIcon from '@material-ui/icons/Error';
import HelpIcon from '@material-ui/icons/Help';
import RemoveCircleOutlineIcon from '@material-ui/icons/RemoveCircleOutline';
import ScheduleIcon from '@material-ui/icons/Schedule';
import PlayCircleFilledIcon from '@material-ui/icons/PlayCircleFilled';
import WarningIcon from '@material-ui/icons/Warning';
import { StatusLook, StatusWord } from './kinds';

const ICONS: Record<StatusLook, ComponentType<SvgIconProps>> = {
  good: CheckCircleIcon,
  warning: WarningIcon,
  bad: ErrorIcon,
  unknown: HelpIcon,
  waiting: ScheduleIcon,
  running: PlayCircleFilledIcon,
  ended: RemoveCircleOutlineIcon,
};

const useStyles = makeStyles(theme => ({
  icon: {
    fontSize: '1.25em',
    marginRight: theme.spacing(0.5),
    verticalAlign: 'text-bottom',
    flexShrink: 0,
  },
  good: { color: theme.palette.status.ok },
  warning: { color: theme.palette.status.warning },
  bad: { color: theme.palette.status.error },
  unknown: { color: theme.palette.status.aborted },
  waiting: { color: theme.palette.status.aborted },
  running: { color: theme.palette.status.running },
  ended: { color: theme.palette.status.aborted },
}));

/** The icon of a status: hidden where its word stands beside it, else labelled with it. */
export function StatusIcon(props: { look: StatusLook; label?: string }) {
  const classes = useStyles();
  const Icon = ICONS[props.look];
  return (
    <Icon
      aria-hidden={props.label === undefined}
      titleAccess={props.label}
      className={`${classes.icon} ${classes[props.look]}`}
    />
  );
}

/** A status as icon and word: never by colour alone. */
export function StatusLabel(props: StatusWord) {
  return (
    <span>
      <StatusIcon look={props.look} />
      {props.word}
    </span>
  );
}
