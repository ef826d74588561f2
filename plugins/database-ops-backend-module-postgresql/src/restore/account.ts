import { RunContext } from 'backstage-plugin-database-ops-node';
import { RestoreConfig } from '../config';

/** PostgreSQL refuses to run as root. */
const DEFAULT_ACCOUNT = 'postgres';

/** The account that restored files and the restored server belong to. */
export interface Account {
  /** Set where the worker is root and starts tools as another account. */
  readonly runAs?: string;
  readonly uid?: number;
  readonly gid?: number;
}

export async function restoreAccount(
  config: RestoreConfig,
  context: RunContext,
): Promise<Account> {
  if (process.getuid?.() !== 0) {
    return {};
  }
  const runAs = config.runAs ?? DEFAULT_ACCOUNT;
  const id = async (flag: string) => {
    const { stdout } = await context.processes.run({
      command: 'id',
      args: [flag],
      runAs,
      cwd: '/',
      timeoutSeconds: 10,
      signal: context.signal,
    });
    return Number(stdout.trim());
  };
  return { runAs, uid: await id('-u'), gid: await id('-g') };
}
