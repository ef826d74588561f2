import { Command, Option } from 'commander';
import { CommandContext } from '../commands/context';
import { ExitCode } from '../exitCodes';
import { UsageError } from '../errors';
import { DirectRequest, runDirect } from './runDirect';

interface DirectOptions {
  readonly config: readonly string[];
  readonly reason?: string;
  readonly type?: string;
  readonly backup?: string;
  readonly repository?: string;
  readonly expiresAfter: string;
  readonly confirm?: string;
}

function requestOf(
  verb: string,
  databaseId: string,
  options: DirectOptions,
): DirectRequest {
  const { config, reason, backup, expiresAfter } = options;
  const common = {
    databaseId,
    config,
    reason,
    repositoryId: options.repository,
  };
  switch (verb) {
    case 'inventory':
      return { ...common, kind: 'inventory', parameters: {} };
    case 'backup':
      return {
        ...common,
        kind: 'backup',
        parameters: { type: options.type ?? 'full' },
      };
    case 'restore':
      if (options.confirm !== databaseId) {
        throw new UsageError(
          `Type the name of the database to restore it: --confirm ${databaseId}`,
        );
      }
      return {
        ...common,
        kind: 'restore',
        parameters: {
          expiresAfter,
          ...(backup
            ? { kind: 'backup', backupId: backup }
            : { kind: 'latest' }),
        },
      };
    default:
      throw new UsageError(
        `Without the portal there are inventory, backup and restore, not '${verb}'.`,
      );
  }
}

/** `dbops direct …` and `dbops --direct …`: the same operations without the portal. */
export function addDirectCommands(
  program: Command,
  context: () => CommandContext,
  leaving: (work: Promise<ExitCode>) => Promise<void>,
): void {
  const files = (value: string, earlier: readonly string[] = []) => [
    ...earlier,
    value,
  ];
  program
    .command('direct <verb> <database>')
    .description(
      'inventory, backup or restore while the portal is down; recorded in the repository and announced afterwards',
    )
    .requiredOption('--reason <text>', 'why; others read it afterwards')
    .option('--config <file>', 'configuration file; may be repeated', files, [])
    .option('--type <type>', 'of the backup')
    .option('--repository <id>', 'which one; the first if absent')
    .option('--backup <id>', 'restore that backup; the newest state if absent')
    .option('--confirm <database>', "the database's name, typed")
    .addOption(
      new Option('--expires-after <duration>', 'ISO 8601').default('PT24H'),
    )
    .action((verb: string, database: string, options: DirectOptions) =>
      leaving(
        (async () =>
          runDirect(context(), requestOf(verb, database, options)))(),
      ),
    );
}

/** `--direct backup orders` is written `direct backup orders`. */
export function withoutDirectFlag(args: readonly string[]): readonly string[] {
  const end = args.indexOf('--');
  const index = args.indexOf('--direct');
  return index < 0 || (end >= 0 && index > end)
    ? args
    : ['direct', ...args.slice(0, index), ...args.slice(index + 1)];
}
