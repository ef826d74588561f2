import { Command } from 'commander';
import { HostFacts } from 'backstage-plugin-database-ops-node';
import { exportsOf } from '../configuration/exportsOf';
import { CommandContext } from './context';
import { requestOperation } from './requestOperation';

/** On demand: most commands only speak HTTP, and these bring the engines. */
async function loaded() {
  return exportsOf(await import('./postgresql'), 'configurePostgresql');
}

const several = (value: string, earlier: readonly string[] = []) => [
  ...earlier,
  value,
];

interface ConfigureOptions extends HostFacts {
  readonly database: string;
  readonly config: readonly string[];
  readonly repository: readonly string[];
  readonly directory?: string;
  readonly library: readonly string[];
}

/** Commands about the host of a PostgreSQL database, and about its credentials. */
export function addPostgresqlCommands(
  program: Command,
  context: () => CommandContext,
  leaving: (work: Promise<number>) => Promise<void>,
): void {
  const postgresql = program
    .command('postgresql')
    .description('set-up of a PostgreSQL host, by the configuration');
  const add = (name: string, description: string) =>
    postgresql
      .command(name)
      .description(description)
      .requiredOption('--database <database>', 'its id in the configuration')
      .option(
        '--repository <repository>',
        'of its repositories only that one; may be repeated',
        several,
        [],
      )
      .option(
        '--config <file>',
        'configuration file; may be repeated',
        several,
        [],
      );
  add('configure', 'render it, each line explained; changes nothing')
    .option('--directory <folder>', 'write files there instead of printing')
    .option('--portal-network <cidr>', 'from where portal and workers connect')
    .option('--worker-name <name>', "common name of the worker's certificate")
    .option('--account <account>', 'account of PostgreSQL on that host')
    .option('--host <host>', 'which of several database hosts')
    .option('--spool-directory <folder>', 'for pgBackRest on that host')
    .option(
      '--library <name>',
      'loaded at start already, timescaledb for example; may be repeated',
      several,
      [],
    )
    .action((options: ConfigureOptions) =>
      leaving(
        loaded().then(({ configurePostgresql }) =>
          configurePostgresql(context(), options, {
            facts: { ...options, libraries: options.library },
            output: options.directory,
          }),
        ),
      ),
    );
  add(
    'doctor',
    'look at database and host from here; fail on what is critical',
  ).action(options =>
    leaving(
      loaded().then(({ examinePostgresql }) =>
        examinePostgresql(context(), options),
      ),
    ),
  );
  program
    .command('rotate')
    .description('renew a credential that the portal uses')
    .requiredOption('--database <database>', 'its id')
    .option('--role <role>', 'what the engine offers; its first if absent')
    .option('--wait', 'follow it to its end')
    .action(({ database, role, wait }) =>
      leaving(
        requestOperation(
          context(),
          {
            databaseId: database,
            kind: 'rotate',
            parameters: role ? { role } : {},
          },
          { wait },
        ),
      ),
    );
}
