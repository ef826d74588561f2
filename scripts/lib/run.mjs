// Runs a command with its output on ours; rejects with a sentence that names it.
import { spawn } from 'node:child_process';

export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'inherit', 'inherit'],
      ...options,
    });
    child.on('error', error =>
      reject(new Error(`'${command}' could not be started: ${error.message}`)),
    );
    child.on('exit', (code, signal) =>
      code === 0
        ? resolve()
        : reject(
            new Error(
              `'${[command, ...args].join(' ')}' ended with ${signal ?? `exit code ${code}`}`,
            ),
          ),
    );
  });
}
