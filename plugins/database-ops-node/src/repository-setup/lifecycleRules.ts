import { RepositoryDefinition } from '../databases/types';
import { LifecycleRuleSpec, RepositorySetup } from './types';

/** A renewed lease leaves a version behind; none of them is ever needed again. */
const CONTROL_VERSION_DAYS = 1;

/** Rules of ours are known by this; rules of others stay unless they endanger backups. */
export function ownRulePrefix(repositoryId: string): string {
  return `database-ops-${repositoryId}.`;
}

/**
 * Lifecycle rules end what nobody would: parts of broken uploads, and versions
 * where a tool or a lease owns the current object. They never touch a current
 * object of a backup.
 */
export function lifecycleRules(
  repository: RepositoryDefinition,
  setup: RepositorySetup,
): readonly LifecycleRuleSpec[] {
  const id = (name: string) => `${ownRulePrefix(repository.id)}${name}`;
  const below = (prefix: string) => `${repository.prefix}${prefix}`;
  return [
    {
      id: id('multipart-leftovers'),
      prefix: repository.prefix,
      abortMultipartDays: setup.multipartLeftoversDays,
    },
    {
      id: id('versions-of-control'),
      prefix: below(repository.controlPrefix),
      noncurrentDays: CONTROL_VERSION_DAYS,
      removeExpiredDeleteMarkers: true,
    },
    ...setup.toolPrefixes.map(({ prefix }) => ({
      id: id(`versions-of-${nameOf(prefix)}`),
      prefix: below(prefix),
      noncurrentDays: setup.noncurrentVersionDays,
      removeExpiredDeleteMarkers: true,
    })),
  ];
}

export function transitionRules(
  repository: RepositoryDefinition,
  setup: RepositorySetup,
): readonly LifecycleRuleSpec[] {
  return setup.transitions.map(({ prefix, afterDays, storageClass }) => ({
    id: `${ownRulePrefix(repository.id)}transition-${nameOf(prefix)}-${afterDays}`,
    prefix: `${repository.prefix}${prefix}`,
    transition: { days: afterDays, storageClass },
  }));
}

function nameOf(prefix: string): string {
  return prefix.replace(/\/$/, '').replaceAll('/', '-') || 'all';
}
