import { CopyTextButton } from '@backstage/core-components';
import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import { Backup } from 'backstage-plugin-database-ops-common';
import { SideDrawer } from '../layout/SideDrawer';

const useStyles = makeStyles(theme => ({
  commands: {
    margin: 0,
    padding: theme.spacing(2),
    backgroundColor: theme.palette.background.default,
    whiteSpace: 'pre-wrap',
    overflowWrap: 'anywhere',
  },
}));

/** The shell commands that restore a backup when the portal cannot. */
export function BreakGlassDrawer(props: {
  backup?: Backup;
  onClose: () => void;
}) {
  const { backup } = props;
  const classes = useStyles();
  const commands = (backup?.breakGlass ?? []).join('\n');
  return (
    <SideDrawer
      title={`Restore ${backup?.id ?? ''} from a shell`}
      open={backup !== undefined}
      onClose={props.onClose}
    >
      <Typography variant="body2" paragraph>
        These commands restore this backup without this portal. They need the
        repository&apos;s credentials, which are not shown here.
      </Typography>
      <pre className={classes.commands} aria-label="Shell commands">
        {commands}
      </pre>
      <CopyTextButton text={commands} aria-label="Copy the commands" />
    </SideDrawer>
  );
}
