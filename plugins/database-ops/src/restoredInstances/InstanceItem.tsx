import { ReactNode } from 'react';
import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import {
  Database,
  RestoredInstance,
} from 'backstage-plugin-database-ops-common';
import { StatusLabel } from '../status/StatusLabel';
import { Age, When } from '../time/When';
import { Size } from '../units/Size';
import { InstanceActions } from './InstanceActions';
import { ConnectCommand } from './LookDrawer';
import {
  foundIn,
  instanceWord,
  isInPlace,
  isOpen,
  unprotectedBecause,
} from './states';

const useStyles = makeStyles({ root: { overflowWrap: 'anywhere' } });

function Where(props: { instance: RestoredInstance }) {
  const { instance } = props;
  const { connection } = instance;
  return (
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
      . {connection?.note}{' '}
      {instance.state !== 'promoted' && !isInPlace(instance) && (
        <>
          Expires <Age at={instance.expiresAt} />.
        </>
      )}
    </Typography>
  );
}

/** One restored instance: its state, its moment, how to connect, what can be done. */
export function InstanceItem(props: {
  database: Database;
  instance: RestoredInstance;
  /** Names it after its state: a link, or nothing on its own page. */
  name?: ReactNode;
}) {
  const { database, instance, name } = props;
  const classes = useStyles();
  const unprotected = unprotectedBecause(instance);
  const found = foundIn(instance);
  const there = isOpen(instance) || instance.state === 'promoted';
  return (
    <div className={classes.root}>
      <Typography variant="body2" component="div">
        <StatusLabel {...instanceWord(instance)} /> {name}
        {instance.moment && (
          <>
            {' '}
            {instance.state === 'paused' ? 'at' : 'as of'}{' '}
            <When at={instance.moment.time} yours exact />
          </>
        )}
      </Typography>
      {found && <Typography variant="body2">{found}</Typography>}
      {unprotected && (
        <Typography variant="body2" role="alert">
          {unprotected} What is written to it would be lost with its disk.
        </Typography>
      )}
      {isInPlace(instance) && isOpen(instance) && (
        <Typography variant="body2" role="status">
          It took the place of {database.id}. What was there before is kept
          aside until somebody confirms it or rolls it back.
        </Typography>
      )}
      {there && <Where instance={instance} />}
      {there && <ConnectCommand instance={instance} />}
      {isOpen(instance) && (
        <InstanceActions database={database} instance={instance} />
      )}
      {instance.discardedAt && (
        <Typography variant="body2" color="textSecondary">
          {isInPlace(instance) ? 'Rolled back' : 'Discarded'}{' '}
          <Age at={instance.discardedAt} />.
        </Typography>
      )}
    </div>
  );
}
