import { Operation, OperationKind } from 'backstage-plugin-database-ops-common';

const NAMES: Record<OperationKind, string> = {
  inventory: 'Inventory',
  backup: 'Backup',
  restore: 'Restore',
  advance: 'Advance',
  promote: 'Promote',
  discard: 'Discard',
  verify: 'Verification',
  expire: 'Expiry',
  maintain: 'Maintenance',
  rotate: 'Rotation',
  archive: 'Archive',
  apply: 'Apply',
};

function parameter(operation: Operation, name: string): string | undefined {
  const value: unknown = operation.parameters[name];
  return typeof value === 'string' ? value : undefined;
}

/** For example "Backup (full)" or "Restore of 20261116-020301F". */
export function operationTitle(operation: Operation): string {
  const name = NAMES[operation.kind] ?? operation.kind;
  switch (operation.kind) {
    case 'backup': {
      const type = parameter(operation, 'type');
      return type ? `${name} (${type})` : name;
    }
    case 'restore': {
      const backupId = parameter(operation, 'backupId');
      const kind = parameter(operation, 'kind');
      if (backupId) return `${name} of ${backupId}`;
      return kind === 'latest' ? `${name} of the latest moment` : name;
    }
    case 'discard': {
      const instance = parameter(operation, 'restoredInstanceId');
      return instance ? `${name} of restored instance ${instance}` : name;
    }
    default:
      return name;
  }
}

/** Who asked, in words: a person, a schedule or a service. */
export function actorWords(actor: string): string {
  const schedule = /^schedule:[^/]+\/(.+)$/.exec(actor);
  if (schedule) {
    return `schedule ${schedule[1]}`;
  }
  const service = /^service:(.+)$/.exec(actor);
  if (service) {
    return `service ${service[1]}`;
  }
  return actor.replace(/^user:default\//, '');
}
