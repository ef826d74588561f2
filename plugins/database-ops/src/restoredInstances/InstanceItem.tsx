import { ReactNode } from 'react';
import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import {
  Database,
  RestoredInstance,
} from 'backstage-plugin-database-ops-common';
import { StatusLabel } from '../status/StatusLabel';
import { secondsSince } from '../time/format';
import { useNow } from '../time/useNow';
import { Age, When } from '../time/When';
import { Size } from '../units/Size';
import { InstanceActions } from './InstanceActions';
import { ConnectCommand } from './LookDrawer';
import {
  forgottenIn,
  foundIn,
  instanceWord,
  isInPlace,
  isOpen,
  isUndecided,
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
      .{/* What it says of confirming and rolling back is over by then. */}
      {!(isInPlace(instance) && instance.state === 'promoted') &&
        connection?.note &&
        ` ${connection.note}`}
    </Typography>
  );
}

/** Until when somebody has to decide; a reminder from then on. */
function Expiry(props: { instance: RestoredInstance }) {
  const { instance } = props;
  const now = useNow();
  const isOver = secondsSince(instance.expiresAt, now) >= 0;
  if (isInPlace(instance)) {
    return (
      <Typography variant="body2" role={isOver ? 'alert' : undefined}>
        {isOver ? (
          <>
            <StatusLabel look="warning" word="Overdue" />: it was to be
            confirmed or rolled back by <When at={instance.expiresAt} yours />.
            Nothing happens by itself.
          </>
        ) : (
          <>
            To be confirmed or rolled back by{' '}
            <When at={instance.expiresAt} yours />.
          </>
        )}
      </Typography>
    );
  }
  return (
    <Typography variant="body2" color="textSecondary">
      {isOver ? (
        <>
          Expired <Age at={instance.expiresAt} />: it is discarded by itself,
          unless its promotion had begun.
        </>
      ) : (
        <>
          Expires <Age at={instance.expiresAt} />.
        </>
      )}
    </Typography>
  );
}

/** What a lost one may have left behind, and what to do. */
function Lost(props: { database: Database; instance: RestoredInstance }) {
  const { database, instance } = props;
  return (
    <Typography variant="body2" role="alert">
      {isInPlace(instance)
        ? `The restore ended in the middle on ${instance.host}: ${database.id} may be stopped or kept aside. Roll it back, which puts back what was there before; confirm it only if it runs. Give it up when that host is gone for good.`
        : `Its host ${instance.host} was given up: what was restored may still be there. Discard it, which waits until that host is back, or give it up when it is gone for good: until then it holds back the backups and the log that it may still read.`}
    </Typography>
  );
}

function endWord(instance: RestoredInstance): string {
  if (forgottenIn(instance)) {
    return 'Given up';
  }
  return isInPlace(instance) ? 'Rolled back' : 'Discarded';
}

/** One restored instance: its state, its moment, how to connect, what can be done. */
export function InstanceItem(props: {
  database: Database;
  instance: RestoredInstance;
  /** Names it after its state: a link, or nothing on its own page. */
  name?: ReactNode;
  /** Somebody changed it without an operation. */
  onChanged: () => void;
}) {
  const { database, instance, name } = props;
  const classes = useStyles();
  const unprotected = unprotectedBecause(instance);
  const found = foundIn(instance);
  const forgotten = forgottenIn(instance);
  const there = isOpen(instance) || instance.state === 'promoted';
  const undecided = isUndecided(instance);
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
      {instance.state === 'lost' && (
        <Lost database={database} instance={instance} />
      )}
      {undecided && (isOpen(instance) || isInPlace(instance)) && (
        <Expiry instance={instance} />
      )}
      {undecided && (
        <InstanceActions
          database={database}
          instance={instance}
          onChanged={props.onChanged}
        />
      )}
      {instance.discardedAt && (
        <Typography variant="body2" color="textSecondary">
          {endWord(instance)} <Age at={instance.discardedAt} />.
          {forgotten && ` ${forgotten}`}
        </Typography>
      )}
    </div>
  );
}
