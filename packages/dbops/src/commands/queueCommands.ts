import { Command } from 'commander';
import { decide, review, showApproval } from './approvals';
import { CommandContext } from './context';
import { listMaintenance, pause, resume } from './maintenance';
import { retry } from './retry';

/** Commands about operations that wait: for a second person, for the end of maintenance, for another try. */
export function addQueueCommands(
  program: Command,
  context: () => CommandContext,
  leaving: (work: Promise<number>) => Promise<void>,
): void {
  program
    .command('retry <operation>')
    .description('request what failed again, as a new operation')
    .option('--confirm <database>', "the database's name, typed")
    .option('--reason <words>', 'why')
    .option('--wait', 'follow it to its end')
    .action((operation, options) =>
      leaving(retry(context(), operation, options)),
    );
  program
    .command('approval <operation>')
    .description('what waits for a second person')
    .action(operation => leaving(showApproval(context(), operation)));
  for (const [decision, description] of [
    ['approve', 'let exactly that run'],
    ['reject', 'do not let it run'],
    ['override', 'run it in an emergency, to be reviewed afterwards'],
  ] as const) {
    program
      .command(`${decision} <operation>`)
      .description(description)
      .option('--hash <hash>', 'of what dbops approval showed')
      .option('--reason <words>', 'why')
      .action((operation, options) =>
        leaving(decide(context(), operation, decision, options)),
      );
  }
  program
    .command('review <operation>')
    .description('record that an emergency override was looked at')
    .requiredOption('--note <words>', 'what was found')
    .action((operation, options) =>
      leaving(review(context(), operation, options)),
    );
  program
    .command('maintenance')
    .description('which queues are paused')
    .action(() => leaving(listMaintenance(context())));
  program
    .command('pause <database>')
    .description('pause the queue of a database, or of all: global')
    .requiredOption('--reason <words>', 'why')
    .requiredOption('--for <duration>', 'ISO 8601, for example PT2H')
    .action((scope, options) =>
      leaving(
        pause(context(), scope, {
          reason: options.reason,
          duration: options.for,
        }),
      ),
    );
  program
    .command('resume <database>')
    .description('resume the queue of a database, or of all: global')
    .action(scope => leaving(resume(context(), scope)));
}
