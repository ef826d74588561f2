import { LoggerService } from '@backstage/backend-plugin-api';
import { toError } from '@backstage/errors';
import { Inventory } from 'backstage-plugin-database-ops-node';
import { PostgresqlConfig } from '../config';
import { MemberConnection } from '../health/MemberConnection';

const TIMELINE = `
SELECT CASE WHEN pg_is_in_recovery() THEN NULL
            ELSE ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int
       END AS timeline`;

/**
 * The timeline that the primary is on, as it says itself; `undefined` while
 * nobody answers. A number alone does not tell: after a restore in place was
 * rolled back, the source goes on on the lower one.
 */
export async function primaryTimeline(
  config: PostgresqlConfig,
  logger: LoggerService,
): Promise<number | undefined> {
  const answers = await Promise.all(
    config.members.map(async member => {
      const connection = new MemberConnection(config, member);
      try {
        const [row] = await connection.query<{ timeline: number | null }>(
          TIMELINE,
          logger,
        );
        return row.timeline ?? undefined;
      } catch (error) {
        logger.debug(
          `${member.name} does not say its timeline: ${toError(error).message}`,
        );
        return undefined;
      } finally {
        await connection.close();
      }
    }),
  );
  const timelines = answers.filter(answer => answer !== undefined);
  // Of two primaries the one that was promoted counts.
  return timelines.length > 0 ? Math.max(...timelines) : undefined;
}

/**
 * @param said - by the primary
 * @param known - the last inventory, which counts while nobody answers and no timeline was added
 */
export function currentTimeline(
  said: number | undefined,
  branches: Inventory['branches'] = [],
  known?: Inventory,
): string | undefined {
  if (said !== undefined) {
    return String(said);
  }
  const before = new Set(known?.branches?.map(({ branch }) => branch));
  return branches.every(({ branch }) => before.has(branch))
    ? known?.currentBranch
    : undefined;
}
