import { Command } from 'commander';
import { exportsOf } from '../configuration/exportsOf';
import { CommandContext } from './context';

/** On demand: most commands only speak HTTP, and these bring a client of the store. */
async function loaded() {
  return exportsOf(await import('./repository'), 'planRepository');
}

/** Commands about the bucket behind a repository; they ask the store, not the portal. */
export function addRepositoryCommands(
  program: Command,
  context: () => CommandContext,
  leaving: (work: Promise<number>) => Promise<void>,
): void {
  const repository = program
    .command('repository')
    .description(
      'set-up of a bucket, with an account of DBOPS_SETUP_ACCESS_KEY_ID and DBOPS_SETUP_SECRET_ACCESS_KEY',
    );
  const files = (value: string, earlier: readonly string[] = []) => [
    ...earlier,
    value,
  ];
  const add = (name: string, description: string) =>
    repository
      .command(`${name} <repository>`)
      .description(description)
      .option(
        '--config <file>',
        'configuration file; may be repeated',
        files,
        [],
      );
  add('plan', 'show what apply would change').action((id, { config }) =>
    leaving(
      loaded().then(({ planRepository }) =>
        planRepository(context(), { id, config }),
      ),
    ),
  );
  add('apply', 'make the bucket as configured').action((id, { config }) =>
    leaving(
      loaded().then(({ applyRepository }) =>
        applyRepository(context(), { id, config }),
      ),
    ),
  );
  add('check', 'fail when the bucket is not as configured').action(
    (id, { config }) =>
      leaving(
        loaded().then(({ checkRepository }) =>
          checkRepository(context(), { id, config }),
        ),
      ),
  );
  add('undelete', 'bring back what was deleted, from its versions')
    .requiredOption(
      '--before <time>',
      'the first moment that is not trusted, such as 2026-11-23T10:00:00Z',
    )
    .option('--prefix <prefix>', 'only below that prefix of the repository')
    .option('--apply', 'do it; without it only the list is shown')
    .action((id, { config, ...options }) =>
      leaving(
        loaded().then(({ undeleteInRepository }) =>
          undeleteInRepository(context(), { id, config }, options),
        ),
      ),
    );
}
