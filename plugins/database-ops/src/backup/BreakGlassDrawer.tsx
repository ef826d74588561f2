import { CodeSnippet } from '@backstage/core-components';
import Typography from '@material-ui/core/Typography';
import { Backup } from 'backstage-plugin-database-ops-common';
import { SideDrawer } from '../layout/SideDrawer';

/** The shell commands that restore a backup when the portal cannot. */
export function BreakGlassDrawer(props: {
  backup?: Backup;
  onClose: () => void;
}) {
  const { backup } = props;
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
      <CodeSnippet
        text={(backup?.breakGlass ?? []).join('\n')}
        language="bash"
        showCopyCodeButton
        wrapLongLines
      />
    </SideDrawer>
  );
}
