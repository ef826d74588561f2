import { Backup } from 'backstage-plugin-database-ops-common';
import { Inventory } from 'backstage-plugin-database-ops-node';
import { PgBackRest } from '../pgbackrest/PgBackRest';

const LIST_TIMEOUT_SECONDS = 120;
/** Full, differential and incremental backups, as pgBackRest names their folders. */
const LABEL = /^\d{8}-\d{6}F(_\d{8}-\d{6}[DI])?$/;

/**
 * Labels whose folder is in the repository. What `info` lists is not proof:
 * a backup that ends writes the list that it read at its beginning, and with
 * it whatever an `expire` took away in between.
 */
export async function listBackupFolders(
  pgbackrest: PgBackRest,
): Promise<ReadonlySet<string>> {
  const { stdout } = await pgbackrest.run({
    command: 'repo-ls',
    operands: [`backup/${pgbackrest.config.stanza}`],
    timeoutSeconds: LIST_TIMEOUT_SECONDS,
  });
  return new Set(
    stdout
      .split('\n')
      .map(line => line.trim())
      .filter(line => LABEL.test(line)),
  );
}

/**
 * The same inventory with backups marked missing that are only listed, and
 * damaged that need such a one: neither can be restored.
 */
export function markLost(
  inventory: Inventory,
  folders: ReadonlySet<string>,
): Inventory {
  const stateOf = ({ id, chain, state }: Backup): Backup['state'] => {
    if (!folders.has(id)) {
      return 'missing';
    }
    return chain.every(needed => folders.has(needed)) ? state : 'damaged';
  };
  return {
    ...inventory,
    backups: inventory.backups.map(backup => ({
      ...backup,
      state: stateOf(backup),
    })),
  };
}
