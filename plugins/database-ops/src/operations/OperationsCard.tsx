import { Link } from '@backstage/core-components';
import { useApi, useRouteRef } from '@backstage/core-plugin-api';
import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import { Operation } from 'backstage-plugin-database-ops-common';
import { databaseOpsApiRef } from '../api/DatabaseOpsApi';
import { LiveCard } from '../layout/LiveCard';
import { EmptyNote } from '../layout/notes';
import { useLive } from '../live/useLive';
import { operationRouteRef } from '../routes';
import { OPERATION_WORDS, wordOf } from '../status/kinds';
import { StatusLabel } from '../status/StatusLabel';
import { formatSeconds } from '../time/format';
import { Age } from '../time/When';
import { Actor } from './Actor';
import { isActive } from './progress';
import { operationTitle } from './words';

const SHOWN_OPERATIONS = 5;

const useStyles = makeStyles(theme => ({
  list: { listStyle: 'none', padding: 0, margin: 0 },
  item: {
    padding: theme.spacing(0.75, 0),
    '& + &': { borderTop: `1px solid ${theme.palette.divider}` },
    overflowWrap: 'anywhere',
  },
}));

function took(operation: Operation): string {
  const { startedAt, endedAt } = operation;
  return startedAt && endedAt
    ? `, took ${formatSeconds((Date.parse(endedAt) - Date.parse(startedAt)) / 1000)}`
    : '';
}

function percent(operation: Operation): string {
  const value = operation.progress?.percent;
  return isActive(operation) && value !== undefined
    ? `, ${Math.round(value)} %`
    : '';
}

function OperationItem(props: { operation: Operation }) {
  const classes = useStyles();
  const operationRoute = useRouteRef(operationRouteRef);
  const { operation } = props;
  return (
    <li className={classes.item}>
      <Typography variant="body2" component="div">
        <StatusLabel {...wordOf(OPERATION_WORDS, operation.state)} />
        {percent(operation)}{' '}
        <Link
          to={operationRoute({ operationId: operation.id })}
          underline="always"
        >
          {operationTitle(operation)}
        </Link>
      </Typography>
      <Typography variant="body2" color="textSecondary" component="div">
        <Age at={operation.requestedAt} /> by{' '}
        <Actor actor={operation.requestedBy} />
        {took(operation)}
        {operation.failure && <div>{operation.failure.cause}</div>}
      </Typography>
    </li>
  );
}

/** The newest operations of a database. */
export function OperationsCard(props: { databaseId: string }) {
  const { databaseId } = props;
  const classes = useStyles();
  const api = useApi(databaseOpsApiRef);
  const operations = useLive({
    key: databaseId,
    load: () => api.getOperations({ databaseId, limit: SHOWN_OPERATIONS }),
    intervalSeconds: list => (list?.items.some(isActive) ? 2 : 15),
    refreshOn: signal =>
      signal.type === 'operation' && signal.databaseId === databaseId,
  });
  return (
    <LiveCard
      title="Recent operations"
      live={operations}
      what={`the operations of ${databaseId}`}
      lines={6}
    >
      {list =>
        list.items.length === 0 ? (
          <EmptyNote>
            No operations on {databaseId} yet. A backup, by its schedule or by
            hand, is the first.
          </EmptyNote>
        ) : (
          <ul className={classes.list}>
            {list.items.map(operation => (
              <OperationItem key={operation.id} operation={operation} />
            ))}
          </ul>
        )
      }
    </LiveCard>
  );
}
