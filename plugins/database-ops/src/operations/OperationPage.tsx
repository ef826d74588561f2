import { Link } from '@backstage/core-components';
import {
  useApi,
  useRouteRef,
  useRouteRefParams,
} from '@backstage/core-plugin-api';
import Grid from '@material-ui/core/Grid';
import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import { Operation } from 'backstage-plugin-database-ops-common';
import { databaseOpsApiRef } from '../api/DatabaseOpsApi';
import { ApprovalPanel } from '../approvals/ApprovalPanel';
import { LiveContent } from '../layout/LiveCard';
import { Announce } from '../layout/notes';
import { OpsPage } from '../layout/OpsPage';
import { useLive } from '../live/useLive';
import {
  instanceIdOf,
  OperationInstance,
} from '../restoredInstances/OperationInstance';
import { databaseRouteRef, operationRouteRef } from '../routes';
import { OPERATION_WORDS, wordOf } from '../status/kinds';
import { StatusLabel } from '../status/StatusLabel';
import { formatSeconds } from '../time/format';
import { When } from '../time/When';
import { Actor } from './Actor';
import { CancelButton, RetryButton } from './OperationActions';
import { OperationLog } from './OperationLog';
import { OperationOutcome } from './OperationOutcome';
import { OperationProgressCard } from './OperationProgressCard';
import { isActive } from './progress';
import { useOperation } from './useOperation';
import { operationTitle } from './words';

const useStyles = makeStyles(theme => ({
  head: {
    display: 'flex',
    flexWrap: 'wrap',
    justifyContent: 'space-between',
    gap: theme.spacing(2),
  },
  words: { flex: '1 1 300px' },
}));

function Summary(props: { operation: Operation }) {
  const { operation } = props;
  const operationRoute = useRouteRef(operationRouteRef);
  const { startedAt, endedAt } = operation;
  return (
    <>
      <Typography variant="h5" component="p">
        <StatusLabel {...wordOf(OPERATION_WORDS, operation.state)} />
      </Typography>
      <Typography variant="body2" component="div">
        Requested <When at={operation.requestedAt} yours /> by{' '}
        <Actor actor={operation.requestedBy} />
        {operation.reason && `: ${operation.reason}`}
      </Typography>
      {startedAt && (
        <Typography variant="body2" component="div">
          Started <When at={startedAt} yours />
          {operation.executorHost && ` on ${operation.executorHost}`}
          {endedAt && (
            <>
              , ended <When at={endedAt} yours />, took{' '}
              {formatSeconds(
                (Date.parse(endedAt) - Date.parse(startedAt)) / 1000,
              )}
            </>
          )}
          {operation.attempt !== undefined &&
            operation.attempt > 1 &&
            `, attempt ${operation.attempt}`}
          .
        </Typography>
      )}
      {operation.retryOf && (
        <Typography variant="body2" component="div">
          Tries{' '}
          <Link
            to={operationRoute({ operationId: operation.retryOf })}
            underline="always"
          >
            an earlier operation
          </Link>{' '}
          again.
        </Typography>
      )}
      {operation.retriedBy && (
        <Typography variant="body2" component="div">
          Tried again by{' '}
          <Link
            to={operationRoute({ operationId: operation.retriedBy })}
            underline="always"
          >
            a newer operation
          </Link>
          .
        </Typography>
      )}
      {operation.cancelRequestedBy && (
        <Typography variant="body2" component="div">
          <Actor actor={operation.cancelRequestedBy} /> asked for it to be
          cancelled.
        </Typography>
      )}
    </>
  );
}

/** One operation: what, by whom, why, how far, its log and its end. */
export function OperationPage() {
  const classes = useStyles();
  const { operationId } = useRouteRefParams(operationRouteRef);
  const databaseRoute = useRouteRef(databaseRouteRef);
  const api = useApi(databaseOpsApiRef);
  const { operation, events } = useOperation(operationId);
  const databaseId = operation.value?.databaseId;
  const database = useLive({
    key: databaseId ?? '',
    load: async () => (databaseId ? api.getDatabase(databaseId) : undefined),
  });
  const known = operation.value;
  return (
    <OpsPage
      title={
        known ? `${operationTitle(known)} – ${known.databaseId}` : 'Operation'
      }
    >
      <LiveContent live={operation} what={`operation ${operationId}`} lines={6}>
        {current => (
          <Grid container spacing={3}>
            <Grid item xs={12}>
              <Announce
                text={`${operationTitle(current)}: ${wordOf(OPERATION_WORDS, current.state).word}`}
              />
              <div className={classes.head}>
                <div className={classes.words}>
                  <Summary operation={current} />
                  <Typography variant="body2">
                    <Link
                      to={databaseRoute({ databaseId: current.databaseId })}
                    >
                      Database {current.databaseId}
                    </Link>
                  </Typography>
                </div>
                <div>
                  <CancelButton
                    operation={current}
                    database={database.value}
                    onCancelled={operation.refresh}
                  />
                  {!current.failure && database.value && (
                    <RetryButton
                      operation={current}
                      database={database.value}
                    />
                  )}
                </div>
              </div>
            </Grid>
            {current.approval && (
              <Grid item xs={12}>
                <ApprovalPanel
                  operationId={current.id}
                  onChanged={operation.refresh}
                />
              </Grid>
            )}
            {database.value && instanceIdOf(current) && (
              <Grid item xs={12}>
                <OperationInstance
                  database={database.value}
                  instanceId={instanceIdOf(current) ?? ''}
                />
              </Grid>
            )}
            <Grid item xs={12} md={isActive(current) ? 12 : 6}>
              <OperationProgressCard
                operation={current}
                events={events.value ?? []}
              />
            </Grid>
            {!isActive(current) && (
              <Grid item xs={12} md={6}>
                <OperationOutcome
                  operation={current}
                  action={
                    database.value && (
                      <RetryButton
                        operation={current}
                        database={database.value}
                      />
                    )
                  }
                />
              </Grid>
            )}
            <Grid item xs={12}>
              <OperationLog events={events} />
            </Grid>
          </Grid>
        )}
      </LiveContent>
    </OpsPage>
  );
}
