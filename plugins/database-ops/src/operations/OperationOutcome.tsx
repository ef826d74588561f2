import { ReactNode } from 'react';
import { InfoCard, Link } from '@backstage/core-components';
import { useRouteRef } from '@backstage/core-plugin-api';
import Typography from '@material-ui/core/Typography';
import { Operation } from 'backstage-plugin-database-ops-common';
import { databaseRouteRef } from '../routes';
import { StatusLabel } from '../status/StatusLabel';
import { Size } from '../units/Size';

function inside(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).find(([name]) => name === key)?.[1]
    : undefined;
}

function OutcomeCard(props: { title: string; children: ReactNode }) {
  return (
    <InfoCard
      title={props.title}
      titleTypographyProps={{ variant: 'h5', component: 'h3' }}
    >
      {props.children}
    </InfoCard>
  );
}

function Failure(props: { operation: Operation; action: ReactNode }) {
  const { failure } = props.operation;
  if (!failure) {
    return null;
  }
  return (
    <OutcomeCard title="What went wrong">
      <Typography variant="body1" component="div" role="alert">
        <StatusLabel look="bad" word={failure.cause} />
      </Typography>
      {failure.object && (
        <Typography variant="body2">
          Concerns <code>{failure.object}</code>.
        </Typography>
      )}
      <Typography variant="body2" paragraph>
        <strong>What to do:</strong> {failure.nextStep}
      </Typography>
      {failure.runbookUrl && (
        <Typography variant="body2" paragraph>
          <Link to={failure.runbookUrl} underline="always">
            Runbook
          </Link>
          {failure.code && (
            <>
              {' '}
              for <code>{failure.code}</code>
            </>
          )}
        </Typography>
      )}
      {props.action}
    </OutcomeCard>
  );
}

function Result(props: { operation: Operation }) {
  const { operation } = props;
  const databaseRoute = useRouteRef(databaseRouteRef);
  const { result } = operation;
  const backup = inside(result, 'backup');
  const backupId = inside(backup, 'id');
  const sizeBytes = inside(backup, 'sizeBytes');
  const database = (
    <Link
      to={databaseRoute({ databaseId: operation.databaseId })}
      underline="always"
    >
      {operation.databaseId}
    </Link>
  );
  if (typeof backupId === 'string') {
    return (
      <OutcomeCard title="Result">
        <Typography variant="body2" component="div">
          Backup <strong>{backupId}</strong> stands in the repository
          {typeof sizeBytes === 'number' && (
            <>
              ; a restore of it writes <Size bytes={sizeBytes} />
            </>
          )}
          . See the backups of {database}.
        </Typography>
      </OutcomeCard>
    );
  }
  return null;
}

/** How an operation ended: its result, or the cause and what to do. */
export function OperationOutcome(props: {
  operation: Operation;
  /** What can be done after a failure. */
  action: ReactNode;
}) {
  const { operation, action } = props;
  if (operation.failure) {
    return <Failure operation={operation} action={action} />;
  }
  return operation.state === 'succeeded' ? (
    <Result operation={operation} />
  ) : null;
}
