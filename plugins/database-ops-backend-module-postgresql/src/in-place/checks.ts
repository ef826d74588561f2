// What must hold before the source of a restore in place is touched.
import { lstat, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { InputError } from '@backstage/errors';
import {
  OperateTarget,
  OperationFailedError,
  RunContext,
} from 'backstage-plugin-database-ops-node';
import { PostgresqlConfig } from '../config';
import { requirePgBackRest } from '../pgbackrest/configuration';
import { Account } from '../restore/account';
import { requireDirectory } from '../restore/RestorePlace';
import { RestoreTarget } from '../restore/recoveryTarget';
import { tablespacesWithout } from '../restore/tablespaces';
import { MomentQuestion } from '../window/question';
import { InPlaceConfig } from './config';
import { judgeHighAvailability, maySwitch } from './highAvailability';
import { SourceFacts } from './InPlaceJournal';
import { makeServerLog } from './serverLog';
import { askSource, RunningSource } from './sourceFacts';
import { isThere } from './putBack';
import { SourceServer } from './SourceServer';
import { readStartOptions } from './startOptions';

/** Where a configuration lies that a stopped server cannot be asked for. */
const USUAL_FILES = [
  'postgresql.conf',
  'postgresql.auto.conf',
  'pg_hba.conf',
  'pg_ident.conf',
];

export function requireInPlace({
  database,
}: OperateTarget<PostgresqlConfig>): InPlaceConfig {
  const { inPlace } = database.config;
  if (!inPlace) {
    throw new InputError(
      `Database '${database.id}' has no key postgresql.inPlace; add it to restore onto the source, or restore to a new place.`,
    );
  }
  return inPlace;
}

export function sourceDirectoryOf(
  target: OperateTarget<PostgresqlConfig>,
): string {
  return (
    requireInPlace(target).dataDirectory ??
    requirePgBackRest(target).dataDirectory
  );
}

function refuse(cause: string, nextStep: string, object: string): never {
  throw new OperationFailedError({
    cause,
    object,
    nextStep: `${nextStep} The source was not touched.`,
    code: 'in-place-refused',
  });
}

/** That the data directory can be moved aside and back by renaming alone. */
export async function requireMovable(
  { directory }: InPlaceConfig,
  dataDirectory: string,
  account: Account,
  restoreDirectory: string,
): Promise<void> {
  if (resolve(directory) === resolve(restoreDirectory)) {
    refuse(
      `postgresql.inPlace.directory and postgresql.restore.directory are both ${directory}: what is kept aside would lie among copies that expire.`,
      'Give each a folder of its own.',
      directory,
    );
  }
  await requireDirectory(directory);
  let found;
  try {
    found = await lstat(dataDirectory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      throw error;
    }
    refuse(
      `The source's data directory ${dataDirectory} is not on this machine.`,
      'Run the worker on the host of the source, or correct postgresql.inPlace.dataDirectory.',
      dataDirectory,
    );
  }
  if (!found.isDirectory()) {
    refuse(
      `${dataDirectory} is ${found.isSymbolicLink() ? 'a link' : 'no folder'}: moved aside, it would not take the data with it.`,
      'Give the folder itself as postgresql.inPlace.dataDirectory, and start the server with it.',
      dataDirectory,
    );
  }
  const { dev } = await stat(dirname(dataDirectory));
  if (found.dev !== dev) {
    refuse(
      `${dataDirectory} is a mount point of its own, which cannot be renamed.`,
      'Move the data directory one level below the mount point; restore to a new place until then.',
      dataDirectory,
    );
  }
  if ((await stat(directory)).dev !== dev) {
    refuse(
      `${directory} is on another file system than ${dataDirectory}: the source could not be kept aside by a rename.`,
      'Set postgresql.inPlace.directory to a folder on the file system of the data directory.',
      directory,
    );
  }
  const inside = relative(dataDirectory, directory);
  if (inside === '' || (!inside.startsWith('..') && !isAbsolute(inside))) {
    refuse(
      `${directory} lies in the data directory that is to be moved into it.`,
      'Set postgresql.inPlace.directory to a folder beside the data directory.',
      directory,
    );
  }
  // A server that cannot open its log does not start, and that would be noticed too late.
  await makeServerLog(`${directory}/server.log`, account);
}

/** What is known of the source before anything is done to it. */
export interface CheckedSource {
  readonly running?: RunningSource;
  readonly facts: SourceFacts;
}

/**
 * Looks at the source from outside and from inside.
 *
 * @param systemId - of the repository's stanza
 * @throws OperationFailedError when it must not be replaced; it was not touched
 */
export async function checkSource(
  target: OperateTarget<PostgresqlConfig>,
  server: SourceServer,
  systemId: string | undefined,
  context: RunContext,
): Promise<CheckedSource> {
  const { config } = target.database;
  const { dataDirectory } = server;
  const wasRunning = (await server.pid()) !== undefined;
  const files = await server.files();
  if (systemId === undefined || files.systemIdentifier !== systemId) {
    refuse(
      `${dataDirectory} holds system ${files.systemIdentifier}, the repository's stanza ${systemId ?? 'no system at all'}.`,
      'Check that postgresql.pgbackrest.stanza and postgresql.inPlace.dataDirectory are of the same database.',
      dataDirectory,
    );
  }
  const asked = await askSource(config, context.logger);
  await requireNoPromotion(target, asked);
  const { options, configurationFile } = await readStartOptions(dataDirectory);
  const base = {
    dataDirectory,
    systemIdentifier: files.systemIdentifier,
    timeline: files.timeline,
    options,
  };
  if (typeof asked === 'string') {
    if (wasRunning) {
      refuse(
        `A server runs in ${dataDirectory}, and it does not say who works with it (${asked}).`,
        'Make it answer the monitoring role, or stop it by hand first.',
        dataDirectory,
      );
    }
    context.logger.warn(
      `The source does not run (${asked}): what it had not archived is in its data directory only, which is kept aside`,
    );
    await requireConfiguration(target, dataDirectory, configurationFile);
    return {
      facts: { ...base, configurationFile, wasRunning, files: USUAL_FILES },
    };
  }
  requireReplaceable(asked, dataDirectory, wasRunning, files.systemIdentifier);
  const within = (path: string) => relative(dataDirectory, path);
  const own = asked.files
    .map(within)
    .filter(path => !path.startsWith('..') && !isAbsolute(path));
  return {
    running: asked,
    facts: {
      ...base,
      timeline: asked.timeline,
      wasRunning,
      port: asked.port,
      // Debian keeps it in /etc: it stays there, and a start has to name it.
      ...(within(asked.configurationFile).startsWith('..')
        ? { configurationFile: asked.configurationFile }
        : {}),
      files: [...new Set([...own, 'postgresql.auto.conf'])].sort(),
    },
  };
}

/**
 * That it is the same as when its copy was begun.
 *
 * @throws OperationFailedError when another took over, or it was started or stopped meanwhile
 */
export function requireUnchanged(
  before: CheckedSource,
  now: CheckedSource,
): void {
  const told = ({ running, facts }: CheckedSource) =>
    `${running?.member.name ?? 'nobody'} takes writes, ${facts.wasRunning ? 'a' : 'no'} server runs in ${facts.dataDirectory}, on timeline ${facts.timeline}`;
  if (told(before) !== told(now)) {
    refuse(
      `The source changed while its copy was made: before, ${told(before)}; now, ${told(now)}.`,
      'Find out who changed it; then restore in place again.',
      now.facts.dataDirectory,
    );
  }
}

/**
 * That the backup has every tablespace that replay to the end of the source's
 * log would come to: it would find that out while the source is down.
 */
export async function requireTablespaces(
  dataDirectory: string,
  copy: string,
): Promise<void> {
  const [location] = await tablespacesWithout(dataDirectory, copy);
  if (location !== undefined) {
    refuse(
      `The tablespace at ${location} was made after the backup, so a copy cannot be recovered to the latest moment.`,
      'Take a backup, or choose a moment before the tablespace was made.',
      location,
    );
  }
}

/** The latest moment of another timeline would drop, without a word, what the source committed on its own. */
export function requireOwnTimeline(
  { kind, timeline }: MomentQuestion,
  chosen: Pick<RestoreTarget, 'timeline'>,
  { facts }: CheckedSource,
): void {
  if (
    kind === 'latest' &&
    timeline === undefined &&
    chosen.timeline !== facts.timeline
  ) {
    refuse(
      `The newest that the repository can restore is on timeline ${chosen.timeline}, and the source is on ${facts.timeline}: what it committed there would be lost.`,
      'Look at the recovery window: wait until the log of that timeline is archived, or take a full backup. To lose it on purpose, ask for a moment.',
      facts.dataDirectory,
    );
  }
}

/** @throws OperationFailedError while something could promote a standby */
export async function requireNoPromotion(
  { database }: OperateTarget<PostgresqlConfig>,
  source: RunningSource | string,
): Promise<void> {
  const judged = await judgeHighAvailability(
    database.config.highAvailability,
    source,
  );
  if (!maySwitch(judged)) {
    refuse(
      judged.sentence,
      'Then restore in place again, or restore to a new place.',
      database.id,
    );
  }
}

/** A stopped server does not say where its configuration is, and without one it cannot be started. */
async function requireConfiguration(
  target: OperateTarget<PostgresqlConfig>,
  dataDirectory: string,
  configurationFile: string | undefined,
): Promise<void> {
  const file = configurationFile ?? join(dataDirectory, 'postgresql.conf');
  if (requireInPlace(target).start === undefined && !(await isThere(file))) {
    refuse(
      `The source does not run, and its configuration is not at ${file}: it could not be started again.`,
      'Set postgresql.inPlace.start to the program that starts it, or start it first.',
      dataDirectory,
    );
  }
}

function requireReplaceable(
  source: RunningSource,
  dataDirectory: string,
  isRunningHere: boolean,
  systemIdentifier: string,
): void {
  const { member } = source;
  if (
    !isRunningHere ||
    source.dataDirectory !== dataDirectory ||
    source.systemIdentifier !== systemIdentifier
  ) {
    refuse(
      `The primary ${member.name} works in ${source.dataDirectory} (system ${source.systemIdentifier}), and on this machine ${isRunningHere ? 'another server' : 'none'} works in ${dataDirectory} (system ${systemIdentifier}).`,
      'Run the worker on the host of the primary; after a failover correct postgresql.inPlace.',
      member.name,
    );
  }
  if (source.archiveMode === 'off') {
    refuse(
      `${member.name} does not archive (archive_mode is off): what is written until it stops would be in no archive, and the restored one would be unprotected.`,
      'Set archive_mode to on and restart it.',
      member.name,
    );
  }
  if (source.archivingFails) {
    refuse(
      `The last attempt of ${member.name} to archive failed: its stop would wait for that, and its last changes would not reach the repository.`,
      'Make archiving work again (pg_stat_archiver and its log say why).',
      member.name,
    );
  }
  if (source.synchronousStandbyNames !== '') {
    refuse(
      `${member.name} has synchronous_standby_names '${source.synchronousStandbyNames}': commits on the restored one would wait for standbys that have to be rebuilt first.`,
      'Set it to an empty string until they are rebuilt.',
      member.name,
    );
  }
}
