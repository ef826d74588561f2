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
 * The timeline that the primary is on. A number does not tell: after a restore
 * in place was rolled back, the source goes on on the lower one.
 *
 * @param known - the last inventory, which counts while nobody answers and no timeline was added
 */
export async function currentTimeline(
  config: PostgresqlConfig,
  options: {
    readonly branches: Inventory['branches'];
    readonly known?: Inventory;
    readonly logger: LoggerService;
  },
): Promise<string | undefined> {
  const { branches = [], known, logger } = options;
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
  if (timelines.length > 0) {
    // Of two primaries the one that was promoted counts.
    return String(Math.max(...timelines));
  }
  const before = new Set(known?.branches?.map(({ branch }) => branch));
  return branches.every(({ branch }) => before.has(branch))
    ? known?.currentBranch
    : undefined;
}
