import { Link } from '@backstage/core-components';
import { useApi, useRouteRef } from '@backstage/core-plugin-api';
import { makeStyles } from '@material-ui/core/styles';
import {
  Database,
  RestoredInstanceList,
} from 'backstage-plugin-database-ops-common';
import { databaseOpsApiRef } from '../api/DatabaseOpsApi';
import { LiveCard } from '../layout/LiveCard';
import { EmptyNote } from '../layout/notes';
import { Live, useLive } from '../live/useLive';
import { operationRouteRef } from '../routes';
import { InstanceItem } from './InstanceItem';
import { isUndecided, unprotectedBecause } from './states';

const useStyles = makeStyles(theme => ({
  list: { listStyle: 'none', padding: 0, margin: 0 },
  item: {
    padding: theme.spacing(1, 0),
    '& + &': { borderTop: `1px solid ${theme.palette.divider}` },
  },
}));

const SHOWN_ENDED = 2;

/** What restores of a database made. */
export function useRestoredInstances(
  databaseId: string,
): Live<RestoredInstanceList> {
  const api = useApi(databaseOpsApiRef);
  return useLive({
    key: databaseId,
    load: () => api.getRestoredInstances(databaseId),
    intervalSeconds: 60,
    refreshOn: signal => signal.databaseId === databaseId,
  });
}

/** What restores of a database made: how to connect, what can be done, when it goes. */
export function RestoredInstancesCard(props: { database: Database }) {
  const { database } = props;
  const classes = useStyles();
  const operationRoute = useRouteRef(operationRouteRef);
  const instances = useRestoredInstances(database.id);
  return (
    <LiveCard
      title="Restored instances"
      live={instances}
      what={`the restored instances of ${database.id}`}
      lines={4}
    >
      {({ items }) => {
        const shown = (item: (typeof items)[number]) =>
          isUndecided(item) || unprotectedBecause(item) !== undefined;
        const ended = items.filter(item => !shown(item)).slice(0, SHOWN_ENDED);
        return items.length === 0 ? (
          <EmptyNote>
            None. A restore makes a copy of {database.id} in a new place; how to
            connect to it stands here until it expires or is discarded.
          </EmptyNote>
        ) : (
          <ul className={classes.list}>
            {[...items.filter(shown), ...ended].map(instance => (
              <li key={instance.id} className={classes.item}>
                <InstanceItem
                  database={database}
                  instance={instance}
                  onChanged={instances.refresh}
                  name={
                    <Link
                      to={operationRoute({ operationId: instance.operationId })}
                      underline="always"
                    >
                      {instance.backupId ?? instance.id}
                    </Link>
                  }
                />
              </li>
            ))}
          </ul>
        );
      }}
    </LiveCard>
  );
}
