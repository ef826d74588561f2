import { toError } from '@backstage/errors';
import { JsonObject } from '@backstage/types';
import {
  InstanceOutcome,
  OperateTarget,
  OperationFailedError,
  RestoredInstanceReference,
  RunContext,
} from 'backstage-plugin-database-ops-node';
import { PostgresqlConfig } from '../config';
import { readRepository } from '../inventory/readInventory';
import { PgBackRest } from '../pgbackrest/PgBackRest';
import { formatInstant, parseInstant } from '../wal/instant';
import { formatPosition } from '../wal/segments';
import { readQuestion, MomentQuestion } from '../window/question';
import { writeTools } from './fetchFiles';
import { openInstance, OpenInstance } from './openInstance';
import { closeDoors, openServer } from './openServer';
import { chooseTarget, RestoreTarget } from './recoveryTarget';
import { withRestoredClient } from './restoredClient';
import { momentOf } from './restoreBackup';
import { revive } from './revive';

const SESSION_SECONDS = 30;

const WHERE = `
SELECT pg_is_in_recovery() AS in_recovery,
       pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0')::float8 AS position,
       to_char(pg_last_xact_replay_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS committed_at`;

interface WhereRow {
  readonly in_recovery: boolean;
  readonly position: number | null;
  readonly committed_at: string | null;
}

/**
 * Moves a paused server to a later moment. Resuming replay at its target would
 * end recovery, so it is stopped, aimed anew and started.
 *
 * @throws OperationFailedError when the moment is an earlier one or cannot be reached; the instance stays as it is
 */
export async function advanceRestored(
  target: OperateTarget<PostgresqlConfig>,
  instance: RestoredInstanceReference,
  parameters: JsonObject,
  context: RunContext,
): Promise<InstanceOutcome> {
  const open = await openInstance(target, instance, context);
  const { place, account, server, opened } = open;
  const question: MomentQuestion = {
    ...readQuestion(parameters),
    // From where it is, over log without a gap: so from the backup it came from.
    backupId: opened.backupId,
    timeline: opened.timeline,
  };
  context.progress({ step: 'Choosing the moment', percent: 0 });
  await revive(open, context.signal);
  await requireLater(target, open, question);
  const pgbackrest = await PgBackRest.create(target, context);
  const { inventory } = await readRepository(target, context, pgbackrest);
  const chosen = chooseTarget(inventory, question, 'pause');
  context.progress({ step: 'Stopping at the earlier moment', percent: 10 });
  try {
    await server.stopInOrder(context.signal);
    await writeTools(target, place);
    const { content } = await openServer({
      target,
      context,
      place,
      account,
      server,
      chosen,
      port: opened.port,
      inventory,
      fromPercent: 20,
    });
    return {
      state: 'paused',
      moment: momentOf(chosen, content),
      facts: { target: chosen.description, ...content.facts },
    };
  } catch (error) {
    throw await comeToRest(target, open, chosen, error);
  }
}

/**
 * An advance that ended half-way: replay does not go back, so the copy is
 * paused where it has come to, closed and without secrets as before.
 *
 * @returns what to throw, saying where it stands
 */
async function comeToRest(
  target: OperateTarget<PostgresqlConfig>,
  open: OpenInstance,
  chosen: RestoreTarget,
  reason: unknown,
): Promise<Error> {
  const { place, account, server, opened } = open;
  const { signal } = new AbortController();
  const because = `The restored instance was not moved to ${chosen.description}: ${toError(reason).message}`;
  try {
    await server.stop();
    const { queryBox } = target.database.config;
    await closeDoors({
      place,
      account,
      doors: {
        superuser: opened.superuser,
        queryRole: queryBox?.username,
      },
      settings: {
        // As soon as it is consistent: that is where replay was.
        recovery_target: 'immediate',
        recovery_target_action: 'pause',
        recovery_target_timeline:
          chosen.settings.recovery_target_timeline ?? 'current',
      },
    });
    await revive(open, signal);
    const { position, committed_at: at } = await whereIs(target, open);
    return new OperationFailedError(
      {
        cause: `${because} It is paused at ${formatPosition(position ?? 0)}${at ? `, after the commit of ${at}` : ''}.`,
        object: place.operationId,
        nextStep:
          'Move it to a later moment, discard it, or restore again to the moment you want.',
        code: 'advance-incomplete',
      },
      reason,
    );
  } catch (error) {
    return new OperationFailedError(
      {
        cause: `${because} It does not run any more: ${toError(error).message}`,
        object: place.directory,
        nextStep: 'Discard it and restore again.',
        code: 'advance-incomplete',
      },
      reason,
    );
  }
}

async function whereIs(
  { database }: OperateTarget<PostgresqlConfig>,
  { place, opened }: OpenInstance,
): Promise<WhereRow> {
  return withRestoredClient(
    {
      socketDirectory: place.socketDirectory,
      port: opened.port,
      user: opened.superuser,
      database: database.config.database,
      timeoutSeconds: SESSION_SECONDS,
    },
    async client => (await client.query<WhereRow>(WHERE)).rows[0],
  );
}

async function requireLater(
  target: OperateTarget<PostgresqlConfig>,
  open: OpenInstance,
  question: MomentQuestion,
): Promise<void> {
  const { place } = open;
  const where = await whereIs(target, open);
  const refuse = (cause: string, nextStep: string) => {
    throw new OperationFailedError({
      cause,
      object: place.operationId,
      nextStep,
      code: 'moment-not-later',
    });
  };
  if (!where.in_recovery) {
    refuse(
      'The restored instance is open: its recovery has ended and cannot be continued.',
      'Restore again to the later moment.',
    );
  }
  const committedAt = parseInstant(where.committed_at ?? '') ?? 0;
  const position = where.position ?? 0;
  if (
    (question.kind === 'time' && question.at < committedAt) ||
    (question.kind === 'lsn' && question.position < position)
  ) {
    refuse(
      `The restored instance is at ${formatInstant(committedAt)} (${formatPosition(position)}), later than what is asked for; recovery does not go back.`,
      'Restore again to that moment, and discard this instance.',
    );
  }
}
