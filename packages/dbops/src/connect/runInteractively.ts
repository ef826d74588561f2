import { spawn } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { NotFoundError } from '@backstage/errors';
import { ConnectCommand } from 'backstage-plugin-database-ops-node';

const FOLDER = '{folder}';

/** A signal as shells report it. */
const signalCode = (signal: NodeJS.Signals) => 128 + constants.signals[signal];

/**
 * Runs an interactive tool on this terminal. Credentials reach it by its own
 * environment or by private files that are removed when it ends.
 *
 * @throws NotFoundError when the tool is not installed.
 */
export async function runInteractively(
  command: ConnectCommand,
  options: { readonly extraArgs?: readonly string[] } = {},
): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'dbops-'));
  const place = (text: string) => text.replaceAll(FOLDER, folder);
  // The tool handles Ctrl-C itself; leaving now would leave the files behind.
  const ignore = () => {};
  process.on('SIGINT', ignore);
  try {
    await chmod(folder, 0o700);
    for (const [name, content] of Object.entries(command.files ?? {})) {
      await writeFile(join(folder, basename(name)), place(content), {
        mode: 0o600,
      });
    }
    const env = Object.fromEntries(
      Object.entries(command.env ?? {}).map(([key, value]) => [
        key,
        place(value),
      ]),
    );
    return await new Promise<number>((resolve, reject) => {
      const child = spawn(
        command.command,
        [...command.args.map(place), ...(options.extraArgs ?? [])],
        { stdio: 'inherit', env: { ...process.env, ...env } },
      );
      child.once('error', error =>
        reject(
          new NotFoundError(
            `'${command.command}' could not be started (${error.message}); install it, or put its folder on PATH.`,
          ),
        ),
      );
      child.once('exit', (code, signal) =>
        resolve(signal ? signalCode(signal) : (code ?? 0)),
      );
    });
  } finally {
    process.off('SIGINT', ignore);
    await rm(folder, { recursive: true, force: true });
  }
}
