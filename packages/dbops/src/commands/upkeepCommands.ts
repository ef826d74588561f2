import { Command } from 'commander';
import { CommandContext } from './context';
import { cancelSession, query, sessions, statements } from './insight';
import { maintain } from './maintain';

/** Commands that look after a running database, and into it. */
export function addUpkeepCommands(
  program: Command,
  context: () => CommandContext,
  leaving: (work: Promise<number>) => Promise<void>,
): void {
  program
    .command('maintain <database> <action>')
    .description(
      'what vacuum, analyze, reindex … would do now; with --run, do it',
    )
    .option('--run', 'do it to what is suggested, or to what --object names')
    .option(
      '--object <name>',
      'as the preview writes it; may be repeated',
      (value: string, earlier: readonly string[]) => [...earlier, value],
      [],
    )
    .option('--wait', 'follow it to its end')
    .action((database, action, options) =>
      leaving(maintain(context(), database, action, options)),
    );
  program
    .command('statements <database>')
    .description('statements by total time, without their values')
    .option('--limit <number>', 'of statements; 20 if absent')
    .action((database, options) =>
      leaving(statements(context(), database, options)),
    );
  program
    .command('sessions <database>')
    .description('what runs now, and who waits for whom')
    .action(database => leaving(sessions(context(), database)))
    .command('cancel <database> <session>')
    .description('cancel what a session runs; the session stays')
    .option('--reason <words>', 'why; kept in the audit history')
    .action((database, session, options) =>
      leaving(cancelSession(context(), database, session, options)),
    );
  program
    .command('query <instance> <statement>')
    .description('one read-only statement on a paused restored copy')
    .action((instance, statement) =>
      leaving(query(context(), instance, statement)),
    );
}
