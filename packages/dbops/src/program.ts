import { Command } from 'commander';
import { PortalClient } from './api/PortalClient';
import { audit } from './commands/audit';
import { backup, backups } from './commands/backup';
import { configCheck } from './commands/configCheck';
import { connect } from './commands/connect';
import { CommandContext, parseOutputFormat } from './commands/context';
import { health } from './commands/health';
import { login, logout } from './commands/login';
import { cancel, operations } from './commands/operations';
import { addPostgresqlCommands } from './commands/postgresqlCommands';
import { addQueueCommands } from './commands/queueCommands';
import { addRecoveryCommands } from './commands/recoveryCommands';
import { addRepositoryCommands } from './commands/repositoryCommands';
import { addUpkeepCommands } from './commands/upkeepCommands';
import { discard, restore, restoredInstances } from './commands/restore';
import { status } from './commands/status';
import { addDirectCommands } from './direct/directCommands';
import { EXIT_CODES_HELP } from './exitCodes';
import { currentSession } from './session/signIn';
import { Terminal } from './terminal';

/** The command line; the action of the chosen command leaves its exit code in `onExitCode`. */
export function createProgram(
  terminal: Terminal,
  onExitCode: (exitCode: number) => void,
): Command {
  const program = new Command('dbops')
    .description('Databases of a developer portal: health, backups, restores.')
    .option('--url <url>', 'the portal (or DBOPS_URL; its token: DBOPS_TOKEN)')
    .option('--output <format>', 'table or json', parseOutputFormat, 'table')
    .addHelpText('after', EXIT_CODES_HELP);

  const context = (): CommandContext => {
    const options = program.opts();
    return {
      terminal,
      options: { url: options.url, output: options.output },
      portal: async () =>
        new PortalClient(await currentSession(terminal, { url: options.url })),
    };
  };
  const leaving = async (work: Promise<number>) => onExitCode(await work);

  program
    .command('login')
    .description('keep a token for the commands that follow')
    .option('--demo <role>', 'a role of the demo: owner, viewer, approver')
    .option('--token-stdin', 'read a Backstage token from standard input')
    .action(options => leaving(login(context(), options)));
  program
    .command('logout')
    .description('forget the token')
    .action(() => leaving(logout(context())));
  program
    .command('status')
    .description('one line a database, worst first')
    .action(() => leaving(status(context())));
  program
    .command('health [database]')
    .description('every signal of one database, or of all')
    .action(database => leaving(health(context(), database)));
  program
    .command('backup <database>')
    .description('take a backup')
    .option('--type <type>', 'what the engine offers; its first type if absent')
    .option('--repository <id>', 'where to; the first if absent')
    .option('--wait', 'follow it to its end')
    .action((database, options) =>
      leaving(backup(context(), database, options)),
    );
  program
    .command('backups <database>')
    .description('backups, newest first')
    .action(database => leaving(backups(context(), database)));
  program
    .command('restore <database>')
    .description(
      'restore to a new place, or with --in-place onto the source itself',
    )
    .option('--backup <id>', 'that backup')
    .option('--latest', 'the newest state that can be restored')
    .option('--time <time>', 'that moment, ISO 8601')
    .option('--lsn <lsn>', 'that position in the log')
    .option('--repository <id>', 'where from; chosen if absent')
    .option('--open', 'open it at once instead of pausing to look')
    .option(
      '--in-place',
      'replace the source; promote confirms it, discard rolls it back',
    )
    .option('--confirm <database>', "the database's name, typed")
    .option('--expires-after <duration>', 'ISO 8601, for example PT24H')
    .option('--wait', 'follow it to its end')
    .action((database, options) =>
      leaving(restore(context(), database, options)),
    );
  program
    .command('instances <database>')
    .description('restored instances, newest first')
    .action(database => leaving(restoredInstances(context(), database)));
  program
    .command('discard <instance>')
    .description(
      'end a restored instance and remove what its restore made; of one in place: put the source back',
    )
    .option('--confirm <database>', "of one in place: the database's name")
    .option('--wait', 'follow it to its end')
    .action((instance, options) =>
      leaving(discard(context(), instance, options)),
    );
  program
    .command('operations [id]')
    .description('operations, newest first, or one of them')
    .option('--database <database>', 'of that database only')
    .option('--follow', 'print its events to its end')
    .action((id, options) => leaving(operations(context(), id, options)));
  program
    .command('cancel <operation>')
    .description('ask for an operation to be cancelled')
    .action(operation => leaving(cancel(context(), operation)));
  program
    .command('audit')
    .description('who did what to which database')
    .option('--database <database>', 'of that database only')
    .option('--text <words>', 'words to find')
    .option('--verify', 'check the chain of hashes')
    .action(options => leaving(audit(context(), options)));
  addConfigurationCommands(program, context, leaving);
  addRepositoryCommands(program, context, leaving);
  addRecoveryCommands(program, context, leaving);
  addPostgresqlCommands(program, context, leaving);
  addUpkeepCommands(program, context, leaving);
  addQueueCommands(program, context, leaving);
  addDirectCommands(program, context, leaving);
  return program;
}

/** Commands that read the portal's configuration files instead of asking the portal. */
function addConfigurationCommands(
  program: Command,
  context: () => CommandContext,
  leaving: (work: Promise<number>) => Promise<void>,
): void {
  const files = (value: string, earlier: readonly string[] = []) => [
    ...earlier,
    value,
  ];
  program
    .command('connect <database> [arguments...]')
    .description(
      "open the database's own shell; what follows -- goes to the shell",
    )
    .option('--member <name>', 'that member instead of the one to write to')
    .option('--config <file>', 'configuration file; may be repeated', files, [])
    .action((database, extraArgs, options) =>
      leaving(connect(context(), database, extraArgs, options)),
    );
  program
    .command('config')
    .description('configuration of databases')
    .command('check')
    .description('fail on databases that the portal would quarantine')
    .option('--config <file>', 'configuration file; may be repeated', files, [])
    .action(options => leaving(configCheck(context(), options.config)));
}
