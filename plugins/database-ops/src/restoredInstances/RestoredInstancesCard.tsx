import { useState } from 'react';
import { CopyTextButton, Link } from '@backstage/core-components';
import { useApi, useRouteRef } from '@backstage/core-plugin-api';
import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import {
  Database,
  RestoredInstance,
} from 'backstage-plugin-database-ops-common';
import { databaseOpsApiRef } from '../api/DatabaseOpsApi';
import { ActionButton } from '../layout/ActionButton';
import { LiveCard } from '../layout/LiveCard';
import { EmptyNote } from '../layout/notes';
import { useLive } from '../live/useLive';
import { reasonAgainst } from '../operations/reasons';
import { operationRouteRef } from '../routes';
import { StatusWord } from '../status/kinds';
import { StatusLabel } from '../status/StatusLabel';
import { Age, When } from '../time/When';
import { Size } from '../units/Size';
import { DiscardDialog } from './DiscardDialog';

const INSTANCE_WORDS: Record<RestoredInstance['state'], StatusWord> = {
  recovering: { look: 'running', word: 'Recovering' },
  paused: { look: 'waiting', word: 'Paused' },
  running: { look: 'good', word: 'Running' },
  promoted: { look: 'good', word: 'Promoted' },
  discarded: { look: 'ended', word: 'Discarded' },
  lost: { look: 'bad', word: 'Lost' },
};

const OPEN_STATES: readonly RestoredInstance['state'][] = [
  'recovering',
  'paused',
  'running',
];

const useStyles = makeStyles(theme => ({
  item: {
    padding: theme.spacing(1, 0),
    '& + &': { borderTop: `1px solid ${theme.palette.divider}` },
    overflowWrap: 'anywhere',
  },
  command: { display: 'flex', alignItems: 'center' },
}));

function Instance(props: { database: Database; instance: RestoredInstance }) {
  const classes = useStyles();
  const { database, instance } = props;
  const operationRoute = useRouteRef(operationRouteRef);
  const [asking, setAsking] = useState(false);
  const open = OPEN_STATES.includes(instance.state);
  const { connection } = instance;
  return (
    <div className={classes.item}>
      <Typography variant="body2" component="div">
        <StatusLabel {...INSTANCE_WORDS[instance.state]} />{' '}
        <Link
          to={operationRoute({ operationId: instance.operationId })}
          underline="always"
        >
          {instance.backupId ?? instance.id}
        </Link>
        {instance.moment && (
          <>
            {' '}
            as of <When at={instance.moment.time} yours />
          </>
        )}
      </Typography>
      {open && (
        <>
          <Typography variant="body2" color="textSecondary" component="div">
            On {instance.host}
            {connection?.port !== undefined && `, port ${connection.port}`}
            {connection?.database && `, database ${connection.database}`}
            {connection?.username && `, user ${connection.username}`}
            {instance.sizeBytes !== undefined && (
              <>
                , <Size bytes={instance.sizeBytes} />
              </>
            )}
            . {connection?.note} Expires <Age at={instance.expiresAt} />.
          </Typography>
          {connection?.command && (
            <Typography
              variant="body2"
              component="div"
              className={classes.command}
            >
              <code>{connection.command}</code>
              <CopyTextButton
                text={connection.command}
                tooltipText="Copied"
                aria-label="Copy the command that connects"
              />
            </Typography>
          )}
          <ActionButton
            size="small"
            aria-label={`Discard restored instance ${instance.id}`}
            disabledReason={reasonAgainst(database, 'discard')}
            onClick={() => setAsking(true)}
          >
            Discard…
          </ActionButton>
          <DiscardDialog
            databaseId={database.id}
            restoredInstanceId={instance.id}
            directory={instance.directory}
            open={asking}
            onClose={() => setAsking(false)}
          />
        </>
      )}
      {instance.discardedAt && (
        <Typography variant="body2" color="textSecondary">
          Discarded <Age at={instance.discardedAt} />.
        </Typography>
      )}
    </div>
  );
}

const SHOWN_ENDED = 2;

/** What restores of a database made: how to connect, when it goes. */
export function RestoredInstancesCard(props: { database: Database }) {
  const { database } = props;
  const api = useApi(databaseOpsApiRef);
  const instances = useLive({
    key: database.id,
    load: () => api.getRestoredInstances(database.id),
    intervalSeconds: 60,
    refreshOn: signal => signal.databaseId === database.id,
  });
  return (
    <LiveCard
      title="Restored instances"
      live={instances}
      what={`the restored instances of ${database.id}`}
      lines={4}
    >
      {({ items }) => {
        const open = items.filter(item => OPEN_STATES.includes(item.state));
        const ended = items
          .filter(item => !OPEN_STATES.includes(item.state))
          .slice(0, SHOWN_ENDED);
        return items.length === 0 ? (
          <EmptyNote>
            None. A restore makes a copy of {database.id} in a new place; how to
            connect to it stands here until it expires or is discarded.
          </EmptyNote>
        ) : (
          [...open, ...ended].map(instance => (
            <Instance
              key={instance.id}
              database={database}
              instance={instance}
            />
          ))
        );
      }}
    </LiveCard>
  );
}
