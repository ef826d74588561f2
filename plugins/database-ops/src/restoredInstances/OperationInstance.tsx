import { Database, Operation } from 'backstage-plugin-database-ops-common';
import { LiveCard } from '../layout/LiveCard';
import { EmptyNote } from '../layout/notes';
import { InstanceItem } from './InstanceItem';
import { useRestoredInstances } from './RestoredInstancesCard';

const UNFINISHED = ['failed', 'cancelled', 'interrupted'];

/** Of a restore in place that ended in the middle something may be left, and the source be stopped. */
function mayHaveStopped({ parameters, state }: Operation): boolean {
  return parameters.mode === 'in-place' && UNFINISHED.includes(state);
}

/** The id of the restored instance that an operation made or concerns. */
export function instanceIdOf(operation: Operation): string | undefined {
  if (operation.kind === 'restore') {
    return operation.state === 'succeeded' || mayHaveStopped(operation)
      ? operation.id
      : undefined;
  }
  const id: unknown = operation.parameters.restoredInstanceId;
  return typeof id === 'string' ? id : undefined;
}

/** The restored instance that an operation made or concerns, with what can be done. */
export function OperationInstance(props: {
  database: Database;
  instanceId: string;
}) {
  const { database, instanceId } = props;
  const instances = useRestoredInstances(database.id);
  return (
    <LiveCard
      title="Restored instance"
      live={instances}
      what={`restored instance ${instanceId}`}
      lines={4}
    >
      {({ items }) => {
        const instance = items.find(({ id }) => id === instanceId);
        return instance ? (
          <InstanceItem
            database={database}
            instance={instance}
            onChanged={instances.refresh}
          />
        ) : (
          <EmptyNote>
            {database.id} has no restored instance {instanceId}: nothing is left
            of it.
          </EmptyNote>
        );
      }}
    </LiveCard>
  );
}
