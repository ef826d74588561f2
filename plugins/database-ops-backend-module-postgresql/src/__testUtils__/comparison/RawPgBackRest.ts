import { ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdir, rm, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { OperateTarget } from 'backstage-plugin-database-ops-node';
import { LocalFleet } from 'local-fleet';
import { PostgresqlConfig } from '../../config';
import { renderConfiguration } from '../../pgbackrest/configuration';
import { withAdmin } from '../fleetDatabase';

const POLL_MILLISECONDS = 20;

/** How long a run took, to its last line and to its end. */
export interface RawRun {
  readonly seconds: number;
}

/** pgBackRest by hand: the same version, with the configuration that the product renders. */
export class RawPgBackRest {
  readonly #target: OperateTarget<PostgresqlConfig>;
  readonly #folder: string;
  readonly #fleet: LocalFleet;
  #restores = 0;
  #running: ChildProcess | undefined;

  constructor(options: {
    readonly target: OperateTarget<PostgresqlConfig>;
    readonly fleet: LocalFleet;
    readonly folder: string;
  }) {
    this.#target = options.target;
    this.#folder = options.folder;
    this.#fleet = options.fleet;
  }

  async backup(type: string): Promise<RawRun> {
    const file = await this.#configure({ kind: 'repository-host' }, 'backup');
    return this.#run(file, [`--type=${type}`, 'backup'], false);
  }

  /** Restores the newest backup's files; the caller removes the folder. */
  async restore(): Promise<RawRun & { readonly directory: string }> {
    this.#restores += 1;
    const directory = join(
      this.#target.database.config.restore!.directory,
      `by-hand-${this.#restores}`,
    );
    const data = join(directory, 'data');
    await mkdir(data, { recursive: true, mode: 0o700 });
    for (const folder of [directory, data]) {
      await this.#own(folder);
    }
    const file = await this.#configure(
      { kind: 'restore', dataDirectory: data },
      'restore',
    );
    const run = await this.#run(
      file,
      ['--archive-mode=off', '--type=default', 'restore'],
      true,
    );
    return { ...run, directory };
  }

  /** Starts what was restored, lets it recover to the end of the archive, and asks it. */
  async open<T>(
    directory: string,
    use: (port: number) => Promise<T>,
  ): Promise<{ readonly secondsToFirstQuery: number; readonly found: T }> {
    const port = await this.#fleet.context.port(`by-hand-${this.#restores}`);
    const pgCtl = join(
      this.#target.database.config.restore!.binDirectory!,
      'pg_ctl',
    );
    const data = join(directory, 'data');
    const hba = join(directory, 'pg_hba.conf');
    await writeFile(hba, 'host all all 127.0.0.1/32 scram-sha-256\n');
    await this.#own(hba);
    const startedAt = performance.now();
    await this.#tool(pgCtl, [
      ...['start', '-s', '-W', '-D', data, '-l', join(directory, 'log')],
      '-o',
      `-c port=${port} -c hba_file=${hba} -c ssl=off -c unix_socket_directories=${directory} -c shared_buffers=64MB`,
    ]);
    try {
      for (;;) {
        try {
          const inRecovery = await withAdmin(
            this.#fleet,
            async client =>
              (
                await client.query<{ yes: boolean }>(
                  'SELECT pg_is_in_recovery() AS yes',
                )
              ).rows[0].yes,
            { port },
          );
          if (!inRecovery) {
            break;
          }
        } catch (error) {
          if ((performance.now() - startedAt) / 1000 > 600) {
            throw error;
          }
        }
        await sleep(POLL_MILLISECONDS);
      }
      const secondsToFirstQuery = (performance.now() - startedAt) / 1000;
      return { secondsToFirstQuery, found: await use(port) };
    } finally {
      await this.#tool(pgCtl, ['stop', '-s', '-m', 'immediate', '-D', data]);
      await rm(directory, { recursive: true, force: true });
    }
  }

  /** Removes all but the two newest full backups with what builds on them. */
  async expire(): Promise<void> {
    const file = await this.#configure({ kind: 'repository-host' }, 'backup');
    await this.#run(file, ['--repo1-retention-full=2', 'expire'], false);
  }

  /** Ends what runs of it. */
  async stop(): Promise<void> {
    const child = this.#running;
    if (child && child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
  }

  async #configure(
    place: Parameters<typeof renderConfiguration>[1],
    name: string,
  ): Promise<string> {
    const folder = join(this.#folder, name);
    const folders = {
      lock: join(folder, 'lock'),
      log: join(folder, 'log'),
      spool: join(folder, 'spool'),
    };
    for (const each of [folder, ...Object.values(folders)]) {
      await mkdir(each, { recursive: true });
      await this.#own(each);
    }
    const file = join(folder, 'pgbackrest.conf');
    await writeFile(file, renderConfiguration(this.#target, place, folders), {
      mode: 0o600,
    });
    await this.#own(file);
    return file;
  }

  async #own(path: string): Promise<void> {
    const { serviceUser } = this.#fleet.context;
    if (serviceUser) {
      await chown(path, serviceUser.uid, serviceUser.gid);
    }
  }

  /** To the line that ends the command, as the product's events have it too. */
  async #run(
    file: string,
    args: readonly string[],
    asService: boolean,
  ): Promise<RawRun> {
    const { pgbackrest } = this.#target.database.config;
    const startedAt = performance.now();
    let endedAt: number | undefined;
    await this.#tool(
      pgbackrest!.command ?? 'pgbackrest',
      [
        `--config=${file}`,
        `--stanza=${pgbackrest!.stanza}`,
        '--log-level-console=detail',
        '--log-level-stderr=off',
        ...args,
      ],
      {
        asService,
        onLine: line => {
          if (/command end: completed/.test(line)) {
            endedAt = performance.now();
          }
        },
      },
    );
    return { seconds: ((endedAt ?? performance.now()) - startedAt) / 1000 };
  }

  async #tool(
    command: string,
    args: readonly string[],
    options: {
      readonly asService?: boolean;
      readonly onLine?: (line: string) => void;
    } = {},
  ): Promise<void> {
    const { serviceUser } = this.#fleet.context;
    const account =
      (options.asService ?? true) && serviceUser
        ? { uid: serviceUser.uid, gid: serviceUser.gid }
        : {};
    const { PATH } = process.env;
    const child = spawn(command, [...args], {
      ...account,
      cwd: '/',
      // What the product's workers give their tools, too.
      env: { PATH, HOME: '/', LANG: 'C.UTF-8', TZ: 'UTC' } as NodeJS.ProcessEnv,
      stdio: ['ignore', options.onLine ? 'pipe' : 'ignore', 'inherit'],
    });
    this.#running = child;
    const lines = child.stdout && createInterface(child.stdout);
    lines?.on('line', line => options.onLine?.(line));
    await new Promise<void>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', code =>
        code === 0
          ? resolve()
          : reject(
              new Error(`${command} ${args.join(' ')} ended with ${code}`),
            ),
      );
    });
  }
}
