// What a rollback would lose: everything written since the restored server opened.
import { LoggerService } from '@backstage/backend-plugin-api';
import { toError } from '@backstage/errors';
import { PostgresqlConfig } from '../config';
import { formatBytes } from '../health/format';
import { MemberConnection } from '../health/MemberConnection';
import { parsePosition } from '../wal/segments';

/** The next transaction id counts transactions that wrote; reading takes none. */
const NOW = `
SELECT CASE WHEN pg_is_in_recovery() THEN NULL
            ELSE pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8 END AS position,
       pg_snapshot_xmax(pg_current_snapshot())::text AS transaction,
       (SELECT timeline_id FROM pg_control_checkpoint()) AS timeline`;

/** Where the restored server's own history began. */
export interface OpenedAt {
  readonly timeline?: number;
  readonly position?: string;
  readonly transaction?: string;
}

export interface WritesSince {
  /** Absent when nobody could tell. */
  readonly transactions?: number;
  readonly walBytes?: number;
  readonly sentence: string;
}

/** Asks the primary how far it has come since it was opened. */
export async function writesSince(
  config: PostgresqlConfig,
  opened: OpenedAt,
  logger: LoggerService,
): Promise<WritesSince> {
  const from = parsePosition(opened.position ?? '');
  const first = opened.transaction;
  if (from === undefined || !first) {
    return {
      sentence:
        'Where the restored server began was not recorded, so what a rollback loses is not known.',
    };
  }
  const reasons: string[] = [];
  for (const member of config.members) {
    const connection = new MemberConnection(config, member);
    try {
      const [now] = await connection.query<{
        position: number | null;
        transaction: string;
        timeline: number;
      }>(NOW, logger);
      if (now.position === null) {
        reasons.push(`${member.name} is a standby`);
        continue;
      }
      if (opened.timeline !== undefined && now.timeline < opened.timeline) {
        reasons.push(
          `${member.name} is on timeline ${now.timeline}, the restored server on ${opened.timeline}`,
        );
        continue;
      }
      const transactions = Number(BigInt(now.transaction) - BigInt(first));
      const walBytes = Math.max(0, now.position - from);
      return {
        transactions,
        walBytes,
        sentence:
          transactions === 0
            ? `No transaction wrote since the restored server opened (${formatBytes(walBytes)} of WAL are the server's own).`
            : `${transactions} ${transactions === 1 ? 'transaction' : 'transactions'} (${formatBytes(walBytes)} of WAL) written since the restored server opened are not in the source that comes back; what is archived of them stays in the repository, on timeline ${now.timeline}.`,
      };
    } catch (error) {
      reasons.push(`${member.name}: ${toError(error).message}`);
    } finally {
      await connection.close();
    }
  }
  return {
    sentence: `What was written since the restored server opened is not known: ${reasons.join('; ')}.`,
  };
}
