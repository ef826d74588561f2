import { JsonObject } from '@backstage/types';
import { EngineCapabilities } from 'backstage-plugin-database-ops-common';
import { ConfigurationError } from '../databases/keyPath';
import { PolicyBook } from './PolicyBook';
import { LeftOutSchedule, PolicyDefinition, ScheduleDefinition } from './types';

/** Which part of a schedule an engine cannot carry out, and what it offers instead. */
interface Misfit {
  readonly key: 'kind' | 'type' | 'parameters.depth';
  readonly offered: readonly string[];
}

function misfitOf(
  schedule: ScheduleDefinition,
  capabilities: EngineCapabilities,
): Misfit | undefined {
  if (!capabilities.verbs.includes(schedule.kind)) {
    return { key: 'kind', offered: capabilities.verbs };
  }
  const types = capabilities.backupTypes.map(type => type.id);
  if (
    schedule.kind === 'backup' &&
    !types.includes(schedule.type ?? types[0])
  ) {
    return { key: 'type', offered: types };
  }
  const depths = (capabilities.verificationDepths ?? []).map(({ id }) => id);
  const depth = schedule.parameters?.depth;
  if (
    schedule.kind === 'verify' &&
    typeof depth === 'string' &&
    !depths.includes(depth)
  ) {
    return { key: 'parameters.depth', offered: depths };
  }
  return undefined;
}

function whatIsLacking(schedule: ScheduleDefinition, misfit: Misfit): string {
  switch (misfit.key) {
    case 'kind':
      return schedule.kind;
    case 'type':
      return `${schedule.kind} of type ${schedule.type}`;
    default:
      return `${schedule.kind} of depth ${schedule.parameters?.depth}`;
  }
}

/** What would have to stand there instead. */
const EXPECTED: Readonly<
  Record<Misfit['key'], (engineKind: string) => string>
> = {
  kind: engineKind => `a verb that ${engineKind} has`,
  type: engineKind => `a backup type of ${engineKind}`,
  'parameters.depth': engineKind => `a depth of verification of ${engineKind}`,
};

/**
 * The policy that a database names, with its overrides, as far as its engine
 * can carry it out: a shipped policy leaves out what the engine lacks, a
 * configured one that asks for it is wrong.
 *
 * @throws ConfigurationError naming the wrong key.
 */
export function policyOfDatabase(options: {
  readonly book: PolicyBook;
  readonly databaseId: string;
  readonly engineKind: string;
  readonly capabilities: EngineCapabilities;
  /** Path of the database's configuration. */
  readonly path: string;
  readonly name: string | undefined;
  readonly overrides: JsonObject | undefined;
}): PolicyDefinition | undefined {
  const { book, name, overrides, path, engineKind, capabilities } = options;
  if (name === undefined) {
    if (overrides) {
      throw new ConfigurationError(
        `${path}.policy`,
        'expected the name of the policy that the overrides are laid over',
      );
    }
    return undefined;
  }
  const part = book.parts().get(name);
  if (!part) {
    throw new ConfigurationError(
      `${path}.policy`,
      `expected the name of a policy; '${name}' is not configured (there is: ${[...book.parts().keys()].join(', ')})`,
    );
  }
  if (part.error) {
    throw part.error;
  }
  const policy = overrides
    ? book.overridden(name, overrides, `${path}.overrides`)
    : part.value;
  const leftOut: LeftOutSchedule[] = [];
  for (const schedule of policy.schedules) {
    const misfit = misfitOf(schedule, capabilities);
    if (!misfit) {
      continue;
    }
    const own =
      overrides &&
      isSchedule(overrides.schedules) &&
      schedule.name in overrides.schedules;
    if (policy.shipped && !own) {
      leftOut.push({
        name: schedule.name,
        reason: `${engineKind} has no ${whatIsLacking(schedule, misfit)}`,
      });
      continue;
    }
    throw new ConfigurationError(
      `${own ? `${path}.overrides` : `databaseOps.policies.${name}`}.schedules.${schedule.name}.${misfit.key}`,
      `expected ${EXPECTED[misfit.key](engineKind)} (${misfit.offered.join(', ') || 'none'}) for database '${options.databaseId}'`,
    );
  }
  const left = new Set(leftOut.map(schedule => schedule.name));
  return {
    ...policy,
    schedules: policy.schedules.filter(({ name: own }) => !left.has(own)),
    leftOut,
  };
}

function isSchedule(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null;
}
