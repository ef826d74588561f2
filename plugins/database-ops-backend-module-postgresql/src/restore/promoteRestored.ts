import { JsonObject } from '@backstage/types';
import { toError } from '@backstage/errors';
import {
  InstanceOutcome,
  OperateTarget,
  OperationFailedError,
  RestoredInstanceReference,
  RunContext,
} from 'backstage-plugin-database-ops-node';
import { Client } from 'pg';
import { PostgresqlConfig } from '../config';
import { endRestoringMode, queryThrough } from '../timescale/restoredContent';
import { connectionOf, promotedNote } from './connection';
import { ownStanza, protect } from './ownArchive';
import { openInstance, OpenInstance } from './openInstance';
import { withRestoredClient } from './restoredClient';
import { UNPROTECTED } from './restoreBackup';
import { revive } from './revive';
import { openTablespaces, unlinkDropped } from './tablespaces';

const PROMOTE_SECONDS = 300;

/**
 * Opens a restored server and gives it an archive and backups of its own.
 * Until the full backup is listed it is UNPROTECTED. Each step looks first
 * whether it was done, so that a killed promotion is carried on.
 *
 * @throws OperationFailedError saying that it is UNPROTECTED, and why
 */
export async function promoteRestored(
  target: OperateTarget<PostgresqlConfig>,
  instance: RestoredInstanceReference,
  _parameters: JsonObject,
  context: RunContext,
): Promise<InstanceOutcome> {
  const open = await openInstance(target, instance, context);
  await open.place.promote('promoting');
  try {
    await endRecovery(target, open, context);
    const { backupId, systemIdentifier } = await protect(target, open, context);
    await open.place.promote('promoted');
    const stanza = ownStanza(target, open.place);
    return {
      state: 'promoted',
      connection: connectionOf(target.database.config, open.place, {
        port: open.opened.port,
        note: promotedNote(stanza),
      }),
      facts: {
        protection: 'PROTECTED',
        stanza,
        firstBackup: backupId,
        systemIdentifier,
        archiveMode: 'on',
      },
    };
  } catch (error) {
    if (context.signal.aborted) {
      throw error;
    }
    const failure =
      error instanceof OperationFailedError ? error.failure : undefined;
    throw new OperationFailedError(
      {
        cause: `The restored instance is open and ${UNPROTECTED}: ${failure?.cause ?? toError(error).message}`,
        object: failure?.object ?? open.place.directory,
        nextStep: `${failure?.nextStep ?? 'Read the log of the operation and remove the cause.'} Then promote it again: it goes on where it ended.`,
        code: 'promoted-unprotected',
      },
      error,
    );
  }
}

async function endRecovery(
  { database }: OperateTarget<PostgresqlConfig>,
  { place, server, opened }: OpenInstance,
  context: RunContext,
): Promise<void> {
  context.progress({ step: 'Ending recovery', percent: 5 });
  await revive({ place, server }, context.signal);
  await withRestoredClient(
    {
      socketDirectory: place.socketDirectory,
      port: opened.port,
      user: opened.superuser,
      database: database.config.database,
      timeoutSeconds: PROMOTE_SECONDS,
    },
    async client => {
      const { rows } = await client.query<{ in_recovery: boolean }>(
        'SELECT pg_is_in_recovery() AS in_recovery',
      );
      if (rows[0].in_recovery) {
        await promoteServer(client, place);
      }
      await openTablespaces(place.dataDirectory);
      await unlinkDropped(client, place.dataDirectory);
      await endRestoringMode(queryThrough(client));
    },
  );
}

async function promoteServer(
  client: Client,
  place: OpenInstance['place'],
): Promise<void> {
  const { rows: ended } = await client.query<{ promoted: boolean }>(
    `SELECT pg_promote(true, ${PROMOTE_SECONDS - 10}) AS promoted`,
  );
  if (!ended[0].promoted) {
    throw new OperationFailedError({
      cause: `Recovery of ${place.directory} did not end within ${PROMOTE_SECONDS - 10} s.`,
      object: place.directory,
      nextStep: `Read ${place.logFile}.`,
      code: 'promotion-not-ended',
    });
  }
}
