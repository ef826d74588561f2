import { NotFoundError } from '@backstage/errors';
import { loadConfiguration } from '../configuration/loadConfiguration';
import { readDatabases } from '../configuration/readDatabases';
import { runInteractively } from '../connect/runInteractively';
import { CommandContext } from './context';

/** Opens the database's own shell on this terminal; gives the shell's exit code. */
export async function connect(
  context: CommandContext,
  databaseId: string,
  extraArgs: readonly string[],
  options: { readonly member?: string; readonly config: readonly string[] },
): Promise<number> {
  const databases = await readDatabases(
    await loadConfiguration(options.config),
  );
  const database = databases.find(each => each.id === databaseId);
  if (!database) {
    throw new NotFoundError(
      `The configuration has no database '${databaseId}'; it has: ${
        databases.map(each => each.id).join(', ') || 'none'
      }.`,
    );
  }
  if (database.quarantine) {
    throw new NotFoundError(
      `'${databaseId}' is configured wrongly: ${database.quarantine.path}: ${database.quarantine.message}`,
    );
  }
  const command = database.engine.engine.observe.connectCommand(
    database.definition,
    { member: options.member },
  );
  context.terminal.err(`Opening ${command.command} on ${databaseId}.`);
  return runInteractively(command, { extraArgs });
}
