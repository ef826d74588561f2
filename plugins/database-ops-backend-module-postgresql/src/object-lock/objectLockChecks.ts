import { NotFoundError } from '@backstage/errors';
import { ProofCheck } from 'backstage-plugin-database-ops-common';
import {
  Inventory,
  LogLock,
  ObjectStore,
  OperateTarget,
  readLockState,
  RunContext,
} from 'backstage-plugin-database-ops-node';
import { PostgresqlConfig } from '../config';
import { prefixInStore, requirePgBackRest } from '../pgbackrest/configuration';

/** Each takes a request or two: enough to see that what is written down is so. */
const SAMPLED_BACKUPS = 20;
const SAMPLED_RANGES = 10;
/** Stores keep whole seconds. */
const TOLERANCE_MS = 1000;

interface Sample {
  readonly name: string;
  readonly key: string;
  /** What is written down; ISO 8601 UTC. */
  readonly claimed?: string;
}

/**
 * Until when objects are locked, as the store itself says of a sample of them:
 * the manifests of backups, and the ends of the ranges of WAL that are written
 * down as locked. None where the bucket has no Object Lock.
 */
export async function objectLockChecks(
  target: OperateTarget<PostgresqlConfig>,
  { backups }: Pick<Inventory, 'backups'>,
  { store, clock }: Pick<RunContext, 'store' | 'clock'>,
): Promise<readonly ProofCheck[]> {
  const { database, repository } = target;
  if (!repository.setup?.objectLock) {
    return [];
  }
  const prefix = prefixInStore(target);
  const about = { id: 'object-lock', title: 'Object Lock' };
  if (prefix === undefined) {
    return [
      {
        ...about,
        status: 'failed',
        sentence: `pgBackRest's part lies outside of the prefix of repository '${repository.id}': nothing of it is locked.`,
      },
    ];
  }
  const { stanza } = requirePgBackRest(target);
  const state = await readLockState(store, database.id);
  const present = backups.filter(backup => backup.state === 'present');
  const samples: Sample[] = spread(present, SAMPLED_BACKUPS).map(({ id }) => ({
    name: `backup ${id}`,
    key: `${prefix}backup/${stanza}/${id}/backup.manifest`,
    claimed: state?.backups.find(({ backupId }) => backupId === id)?.until,
  }));
  for (const range of spread(state?.logs ?? [], SAMPLED_RANGES)) {
    for (const name of new Set([range.from, range.to])) {
      const key = await keyOfLog(store, prefix, range, name);
      // One that is gone is what the check for gaps is about.
      if (key !== undefined) {
        samples.push({ name: `WAL ${name}`, key, claimed: range.until });
      }
    }
  }
  if (samples.length === 0) {
    return [
      { ...about, status: 'skipped', sentence: 'There was nothing to check.' },
    ];
  }
  const now = clock();
  const wrong: string[] = [];
  const ends: Date[] = [];
  for (const { name, key, claimed } of samples) {
    const until = await lockedUntil(store, key);
    if (until && until > now) {
      ends.push(until);
    }
    wrong.push(...judge({ name, until, claimed, now }));
  }
  const first = ends.sort((a, b) => a.getTime() - b.getTime()).at(0);
  const sampled = `${samples.length} objects were asked`;
  return [
    wrong.length > 0 || !first
      ? {
          ...about,
          status: 'failed',
          sentence: `${sampled}: ${wrong.join('; ')}.`,
        }
      : {
          ...about,
          status: 'passed',
          sentence: `${sampled}, of ${present.length} backups and of the WAL up to ${lastOf(state?.logs ?? [])}: each is locked, the first until ${first.toISOString()}. What is archived since is locked with the next backup.`,
          value: Math.round((first.getTime() - now.getTime()) / 1000),
          unit: 's',
        },
  ];
}

function judge(found: {
  readonly name: string;
  readonly until: Date | undefined;
  readonly claimed?: string;
  readonly now: Date;
}): readonly string[] {
  const { name, until, claimed, now } = found;
  if (!until) {
    return [`${name} is not locked`];
  }
  if (until <= now) {
    return [`the lock of ${name} ended at ${until.toISOString()}`];
  }
  return claimed !== undefined &&
    until.getTime() < Date.parse(claimed) - TOLERANCE_MS
    ? [
        `${name} is locked until ${until.toISOString()}, while ${claimed} is written down`,
      ]
    : [];
}

async function lockedUntil(
  store: ObjectStore,
  key: string,
): Promise<Date | undefined> {
  try {
    return await store.lockedUntil?.(key);
  } catch (error) {
    if (error instanceof NotFoundError) {
      return undefined;
    }
    throw error;
  }
}

/** A file of WAL has its checksum in its name. */
async function keyOfLog(
  store: ObjectStore,
  prefix: string,
  { folder }: LogLock,
  name: string,
): Promise<string | undefined> {
  const path = name.endsWith('.history')
    ? `${prefix}${folder}/${name}`
    : `${prefix}${folder}/${name.slice(0, 16)}/${name}-`;
  for await (const { key } of store.list(path)) {
    return key;
  }
  return undefined;
}

function lastOf(logs: readonly LogLock[]): string {
  return logs.map(({ to }) => to).at(-1) ?? 'none';
}

/** As many as wanted, from the first to the last. */
function spread<T>(all: readonly T[], wanted: number): readonly T[] {
  return all.length <= wanted
    ? all
    : Array.from(
        { length: wanted },
        (_, index) =>
          all[Math.round((index * (all.length - 1)) / (wanted - 1))],
      );
}
