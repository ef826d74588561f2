import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';

const REPOSITORY = resolve(__dirname, '../../../..');
const DBOPS = ['scripts/ts.mjs', 'packages/dbops/src/cli.ts'];

export interface CommandResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface CommandOptions {
  readonly input?: string;
  /** Called while the command waits for its input, which is given only then; it is told when the command ended without. */
  readonly meanwhile?: (hasEnded: () => boolean) => Promise<void>;
}

/** `dbops` and `make` as one person types them, signed in or not, in processes of their own. */
export class CommandLine {
  readonly home: string;
  /** Everything that any command printed, by what was typed. */
  readonly printed = new Map<string, string>();

  constructor(home: string) {
    this.home = home;
    mkdirSync(this.temporaryFolder, { recursive: true });
  }

  /** Where these commands put what they need for a moment. */
  get temporaryFolder(): string {
    return join(this.home, 'tmp');
  }

  async dbops(
    args: readonly string[],
    options?: CommandOptions,
  ): Promise<CommandResult> {
    return this.#run(process.execPath, [...DBOPS, ...args], options);
  }

  /** The result of `--output json`, whatever the exit code says of it. */
  async json(args: readonly string[]): Promise<any> {
    const { out, err } = await this.dbops(['--output', 'json', ...args]);
    if (out === '') {
      throw new Error(`dbops ${args.join(' ')} printed no result: ${err}`);
    }
    return JSON.parse(out);
  }

  async make(
    args: readonly string[],
    options?: CommandOptions,
  ): Promise<CommandResult> {
    return this.#run('make', ['--silent', ...args], options);
  }

  /** The token that `dbops login` keeps. */
  async token(): Promise<string> {
    const file = join(this.home, '.config/dbops/session.json');
    return JSON.parse(await readFile(file, 'utf8')).token;
  }

  async #run(
    command: string,
    args: readonly string[],
    { input = '', meanwhile }: CommandOptions = {},
  ): Promise<CommandResult> {
    const child = spawn(command, args, {
      cwd: REPOSITORY,
      env: {
        PATH: process.env.PATH,
        LANG: 'C.UTF-8',
        HOME: this.home,
        TMPDIR: this.temporaryFolder,
      },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const ended = Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close'),
    ]);
    // A command that ends without reading its input closes the pipe.
    child.stdin.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') {
        throw error;
      }
    });
    try {
      await meanwhile?.(() => child.exitCode !== null);
    } finally {
      child.stdin.end(input);
    }
    const [out, err, [code]] = await ended;
    const typed = `${command} ${args.join(' ')}`;
    this.printed.set(`${this.printed.size} ${typed}`, `${out}\n${err}`);
    return { code, out, err };
  }
}
