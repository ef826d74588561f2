import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { toError } from '@backstage/errors';
import {
  OperationFailedError,
  RunContext,
} from 'backstage-plugin-database-ops-node';
import { RestoreConfig } from '../config';

/** The folder with the `pg_ctl` of the backup's version, where distributions put it. */
export async function findBinDirectory(
  { binDirectory }: Pick<RestoreConfig, 'binDirectory'>,
  version: string | undefined,
  { logger }: Pick<RunContext, 'logger'>,
): Promise<string> {
  const major = version?.startsWith('9.') ? version : version?.split('.')[0];
  const candidates = binDirectory
    ? [binDirectory]
    : [
        ...(major
          ? [`/usr/lib/postgresql/${major}/bin`, `/usr/pgsql-${major}/bin`]
          : []),
        ...(process.env.PATH ?? '').split(':').filter(Boolean),
      ];
  for (const candidate of candidates) {
    try {
      await access(join(candidate, 'pg_ctl'));
      await access(join(candidate, 'pg_controldata'));
      return candidate;
    } catch (error) {
      logger.debug(`No PostgreSQL in ${candidate}: ${toError(error).message}`);
    }
  }
  throw new OperationFailedError({
    cause: `pg_ctl and pg_controldata of PostgreSQL ${major ?? ''} were not found in ${binDirectory ?? 'the usual folders'} on this machine.`,
    object: 'pg_ctl',
    nextStep: `Install PostgreSQL ${major ?? ''} on the machine of the worker, or set restore.binDirectory.`,
    code: 'postgresql-missing',
  });
}
