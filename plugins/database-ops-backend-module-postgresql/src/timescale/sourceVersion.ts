import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { toError } from '@backstage/errors';
import {
  OperateTarget,
  OperationFailedError,
  RunContext,
} from 'backstage-plugin-database-ops-node';
import { PostgresqlConfig } from '../config';
import { currentCredentials } from '../connection/credentials';
import { MemberSession } from '../connection/MemberSession';

/** A backup's annotation with the version whose catalog is in it. */
export const TIMESCALE_ANNOTATION = 'timescaledb';

const VERSION = `SELECT extversion AS version FROM pg_extension WHERE extname = 'timescaledb'`;

/** What `CREATE EXTENSION` may have recorded; an annotation goes into an argument and a path. */
const READABLE_VERSION = /^[0-9A-Za-z.-]{1,40}$/;

/**
 * The version of TimescaleDB in the database that is backed up, as a member
 * says. A backup does not need it: when nobody answers it is taken without.
 */
async function sourceTimescaleVersion(
  { database }: OperateTarget<PostgresqlConfig>,
  { logger, signal }: Pick<RunContext, 'logger' | 'signal'>,
): Promise<string | undefined> {
  const { config } = database;
  for (const member of config.members) {
    signal.throwIfAborted();
    try {
      const session = await MemberSession.open(
        config,
        member,
        currentCredentials(config),
        { purpose: 'backup' },
      );
      try {
        const [row] = await session.query<{ version: string }>(VERSION);
        return row && READABLE_VERSION.test(row.version)
          ? row.version
          : undefined;
      } finally {
        await session.close();
      }
    } catch (error) {
      logger.info(
        `Whether ${member.name} has TimescaleDB could not be asked: ${toError(error).message}`,
      );
    }
  }
  return undefined;
}

/**
 * That this machine has the library which a backup's catalog needs: each
 * version has its own, and no session could be opened without it.
 *
 * @param version - the backup's annotation; nothing is checked without
 * @throws OperationFailedError naming both versions, before anything is fetched
 */
export async function requireTimescaleVersion(options: {
  readonly version: string | undefined;
  readonly backupId: string;
  readonly binDirectory: string;
}): Promise<void> {
  const { version, backupId, binDirectory } = options;
  if (version === undefined) {
    return;
  }
  const folder = join(binDirectory, '..', 'lib');
  const here = (await readdir(folder)).flatMap(file => {
    const [, found] = /^timescaledb-([0-9].*)\.so$/.exec(file) ?? [];
    return found ? [found] : [];
  });
  if (!here.includes(version)) {
    throw new OperationFailedError({
      cause: `Backup ${backupId} is of a database with TimescaleDB ${version}, and this machine has ${here.length > 0 ? `TimescaleDB ${here.sort().join(', ')}` : 'none'}: a copy could not be read.`,
      object: join(folder, `timescaledb-${version}.so`),
      nextStep: `Install TimescaleDB ${version} for this PostgreSQL on the machine of the worker (versions stand side by side), then restore again.`,
      code: 'timescaledb-version',
    });
  }
}

/** For a backup that is about to be taken, as `key=value`. */
export async function timescaleAnnotation(
  target: OperateTarget<PostgresqlConfig>,
  context: Pick<RunContext, 'logger' | 'signal'>,
): Promise<readonly string[]> {
  const version = await sourceTimescaleVersion(target, context);
  return version === undefined ? [] : [`${TIMESCALE_ANNOTATION}=${version}`];
}
