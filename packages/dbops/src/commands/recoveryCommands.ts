import { Command } from 'commander';
import { CommandContext } from './context';
import { advance, promote, reachable, window } from './moments';
import { objectives, reconcile, repositories } from './objectives';
import { expire, pin, retention, unpin } from './retention';
import { proofs, verify } from './verify';

/** Commands about what can be restored: moments, proofs, and what is kept for it. */
export function addRecoveryCommands(
  program: Command,
  context: () => CommandContext,
  leaving: (work: Promise<number>) => Promise<void>,
): void {
  program
    .command('reachable <database>')
    .description('whether a moment can be restored, from what, how fast')
    .option('--time <time>', 'ISO 8601, for example 2026-11-23T09:10:00Z')
    .option('--lsn <lsn>', 'a position in the log, for example 0/2000028')
    .action((database, options) =>
      leaving(reachable(context(), database, options)),
    );
  program
    .command('window <database>')
    .description('what can be restored, and which repository holds it')
    .action(database => leaving(window(context(), database)));
  program
    .command('advance <instance>')
    .description('move a paused restored instance to a later moment')
    .option('--time <time>', 'ISO 8601')
    .option('--lsn <lsn>', 'a position in the log')
    .option('--wait', 'follow it to its end')
    .action((instance, options) =>
      leaving(advance(context(), instance, options)),
    );
  program
    .command('promote <instance>')
    .description(
      'make a restored instance a database of its own, with backups of its own',
    )
    .option('--confirm <database>', "the database's name, typed")
    .option('--wait', 'follow it to its end')
    .action((instance, options) =>
      leaving(promote(context(), instance, options)),
    );
  program
    .command('verify <database>')
    .description(
      'prove that it can be restored; with --wait, fail unless proved',
    )
    .option('--depth <depth>', 'what the engine offers; its first if absent')
    .option('--repository <id>', 'of which one; the first if absent')
    .option('--wait', 'follow it to its end')
    .action((database, options) =>
      leaving(verify(context(), database, options)),
    );
  program
    .command('proofs <database>')
    .description('what verifications established, newest first')
    .action(database => leaving(proofs(context(), database)));
  program
    .command('objectives <database>')
    .description('RPO and RTO promised, claimed, proved; fail on a missed one')
    .action(database => leaving(objectives(context(), database)));
  program
    .command('reconcile <database>')
    .description('compare what the portal knows with the repository now')
    .action(database => leaving(reconcile(context(), database)));
  program
    .command('repositories')
    .description('where backups lie: size, cost, set-up')
    .action(() => leaving(repositories(context())));
  program
    .command('retention <database>')
    .description('what retention would keep and remove now; changes nothing')
    .option('--repository <id>', 'of which one; the first if absent')
    .action((database, options) =>
      leaving(retention(context(), database, options)),
    );
  program
    .command('expire <database>')
    .description('remove what retention says now, as its preview shows it')
    .option('--repository <id>', 'in which one; the first if absent')
    .option('--wait', 'follow it to its end')
    .action((database, options) =>
      leaving(expire(context(), database, options)),
    );
  program
    .command('pin <database> <backup>')
    .description('keep a backup and the chain it needs')
    .option('--reason <words>', 'why')
    .option('--until <time>', 'ISO 8601; without end if absent')
    .option('--legal-hold', 'nobody may expire it while it holds')
    .action((database, backup, options) =>
      leaving(pin(context(), database, backup, options)),
    );
  program
    .command('unpin <database> <pin>')
    .description('end a pin')
    .action((database, id) => leaving(unpin(context(), database, id)));
}
