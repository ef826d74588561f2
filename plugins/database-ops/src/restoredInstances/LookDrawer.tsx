import {
  CopyTextButton,
  StructuredMetadataTable,
} from '@backstage/core-components';
import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import {
  Database,
  RestoredInstance,
} from 'backstage-plugin-database-ops-common';
import { SideDrawer } from '../layout/SideDrawer';
import { formatExact } from '../time/format';
import { QueryBox } from './QueryBox';
import { foundIn } from './states';

const useStyles = makeStyles({
  command: { display: 'flex', alignItems: 'center', overflowWrap: 'anywhere' },
});

/** The command that connects to an instance, to be copied. */
export function ConnectCommand(props: { instance: RestoredInstance }) {
  const classes = useStyles();
  const command = props.instance.connection?.command;
  return command ? (
    <Typography variant="body2" component="div" className={classes.command}>
      <code>{command}</code>
      <CopyTextButton
        text={command}
        tooltipText="Copied"
        aria-label="Copy the command that connects"
      />
    </Typography>
  ) : null;
}

/** How to look into a restored instance, and what is known of it. */
export function LookDrawer(props: {
  database: Database;
  instance: RestoredInstance;
  open: boolean;
  onClose: () => void;
}) {
  const { database, instance } = props;
  const asks =
    database.capabilities?.queryBox === true && instance.state === 'paused';
  const { connection, moment } = instance;
  const found = foundIn(instance);
  return (
    <SideDrawer
      title={`Restored instance ${instance.id}`}
      open={props.open}
      onClose={props.onClose}
      wide={asks}
    >
      {found && (
        <Typography variant="body1" paragraph>
          {found}
        </Typography>
      )}
      {asks && <QueryBox database={database} instance={instance} />}
      <Typography variant="body2">
        {connection?.note ?? 'Connect to it on its host:'}
      </Typography>
      <ConnectCommand instance={instance} />
      <StructuredMetadataTable
        metadata={{
          ...(moment ? { moment: formatExact(moment.time) } : {}),
          ...(moment?.lsn ? { lsn: moment.lsn } : {}),
          ...(moment?.timeline ? { timeline: moment.timeline } : {}),
          host: instance.host,
          ...(connection?.port ? { port: connection.port } : {}),
          ...(connection?.database ? { database: connection.database } : {}),
          ...(connection?.username ? { user: connection.username } : {}),
          ...(instance.directory ? { directory: instance.directory } : {}),
          ...(instance.facts ? { facts: instance.facts } : {}),
        }}
      />
    </SideDrawer>
  );
}
