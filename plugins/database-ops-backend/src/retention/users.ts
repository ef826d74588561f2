import {
  Operation,
  OperationKind,
  RestoredInstance,
} from 'backstage-plugin-database-ops-common';
import { Chains } from './Chains';
import { ChainedBackup, RetentionUser } from './types';

/** Operations that read backups. */
export const KINDS_THAT_READ: readonly OperationKind[] = [
  'restore',
  'advance',
  'promote',
  'verify',
];

/** Copies whose log may still be replayed; of a lost one nobody knows. */
const REPLAYING: readonly RestoredInstance['state'][] = [
  'recovering',
  'paused',
  'lost',
];

/** Who needs which backups now. Whoever does not say keeps all of them. */
export function usersOf(parts: {
  readonly backups: readonly ChainedBackup[];
  /** Active ones of this database. */
  readonly operations: readonly Operation[];
  readonly instances: readonly RestoredInstance[];
}): readonly RetentionUser[] {
  const { backups, operations, instances } = parts;
  const chains = new Chains(backups);
  const whole = chains.all.filter(backup => chains.isWhole(backup));
  const newest = [
    whole.at(-1),
    whole.findLast(backup => chains.isFull(backup)),
  ].flatMap(backup => (backup ? [backup.id] : []));
  const all = chains.all.map(({ id }) => id);
  const instanceBackups = (id: unknown) => {
    const instance = instances.find(one => one.id === id);
    return instance?.backupId ? [instance.backupId] : undefined;
  };
  const readBy = ({ kind, parameters = {} }: Operation): readonly string[] => {
    const { backupId, restoredInstanceId } = parameters as Record<
      string,
      unknown
    >;
    if (typeof backupId === 'string') {
      return [backupId];
    }
    if (kind === 'advance' || kind === 'promote') {
      return instanceBackups(restoredInstanceId) ?? all;
    }
    const { depth, kind: restoreKind } = parameters as Record<string, unknown>;
    const isNewest =
      kind === 'verify' ? depth !== 'time' : restoreKind === 'latest';
    return isNewest ? newest : all;
  };
  return [
    ...operations
      .filter(({ kind }) => KINDS_THAT_READ.includes(kind))
      .map(operation => ({
        operationId: operation.id,
        name: `the ${operation.kind} ${operation.id}, which is ${operation.state}`,
        backupIds: readBy(operation),
      })),
    ...operations
      .filter(({ kind }) => kind === 'backup')
      .map(({ id, state }) => ({
        operationId: id,
        name: `the backup ${id}, which is ${state}`,
        backupIds: newest,
      })),
    ...instances
      .filter(({ state }) => REPLAYING.includes(state))
      .map(({ id, state, backupId, operationId }) => ({
        operationId,
        name: `the restored instance ${id}, which is ${state}`,
        backupIds: backupId ? [backupId] : all,
      })),
  ];
}
