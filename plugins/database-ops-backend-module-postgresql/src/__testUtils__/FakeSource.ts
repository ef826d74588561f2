import { ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { LoggerService } from '@backstage/backend-plugin-api';
import { ProcessRunner } from 'backstage-plugin-database-ops-node';
import { InPlaceJournal, InPlaceState } from '../in-place/InPlaceJournal';
import { SourceServer } from '../in-place/SourceServer';
import { RestorePlace } from '../restore/RestorePlace';

const OPERATION = 'operation-1';
const DATABASE = 'orders';
const SYSTEM = '7000000000000000001';

/** What `pg_controldata` would say of a folder. */
export interface FakeControl {
  readonly timeline: number;
  readonly nextTransaction?: number;
  readonly isClean?: boolean;
}

/**
 * Folders of servers, and processes that only look like one: they work in the
 * folder that their pid file lies in.
 */
export class FakeSource {
  readonly root: string;
  readonly dataDirectory: string;
  readonly directory: string;
  readonly lines: string[] = [];
  /** Commands of `pg_ctl` that fail. */
  readonly failing = new Set<string>();
  readonly #children: ChildProcess[] = [];

  static async create(): Promise<FakeSource> {
    const source = new FakeSource(
      await mkdtemp(join(tmpdir(), 'fake-source-')),
    );
    await mkdir(source.directory);
    await source.make(source.dataDirectory, { timeline: 1 });
    return source;
  }

  private constructor(root: string) {
    this.root = root;
    this.dataDirectory = join(root, 'main');
    this.directory = join(root, 'in-place');
  }

  /** Files of a server; with a mark that tells them from others. */
  async make(directory: string, control: FakeControl): Promise<void> {
    const { timeline, nextTransaction = 700, isClean = true } = control;
    await mkdir(join(directory, 'global'), { recursive: true });
    await mkdir(join(directory, 'pg_wal', 'archive_status'), {
      recursive: true,
    });
    await writeFile(join(directory, 'PG_VERSION'), '15\n');
    await writeFile(
      join(directory, 'global', 'pg_control'),
      [
        'Catalog version number:               202209061',
        `Database system identifier:           ${SYSTEM}`,
        `Database cluster state:               ${isClean ? 'shut down' : 'in production'}`,
        'Latest checkpoint location:           0/5000028',
        `Latest checkpoint's TimeLineID:       ${timeline}`,
        `Latest checkpoint's NextXID:          0:${nextTransaction}`,
      ].join('\n'),
    );
  }

  /** A file of the log that has not been archived. */
  async leaveUnarchived(directory: string): Promise<void> {
    await writeFile(
      join(
        directory,
        'pg_wal',
        'archive_status',
        '000000020000000000000005.ready',
      ),
      '',
    );
  }

  /** Lets a process serve a folder. */
  async serve(directory = this.dataDirectory): Promise<void> {
    const child = spawn('sleep', ['600'], { cwd: directory, stdio: 'ignore' });
    await once(child, 'spawn');
    this.#children.push(child);
    await writeFile(
      join(directory, 'postmaster.pid'),
      `${child.pid}\n${directory}\n0\n5432\n\n\n\nready\n`,
    );
  }

  async stopServing(): Promise<void> {
    await Promise.all(
      this.#children.splice(0).map(async child => {
        if (child.exitCode === null && child.signalCode === null) {
          child.kill('SIGKILL');
          await once(child, 'exit');
        }
      }),
    );
  }

  async place(): Promise<RestorePlace> {
    return RestorePlace.create({
      directory: RestorePlace.pathOf(this.directory, DATABASE, OPERATION),
      databaseId: DATABASE,
      operationId: OPERATION,
      account: {},
    });
  }

  /** How far a restore came; from `switching` on the source is kept aside and another in its place. */
  async journal(
    place: RestorePlace,
    state: InPlaceState,
    options: { readonly wasRunning?: boolean } = {},
  ): Promise<InPlaceJournal> {
    const journal = await InPlaceJournal.create(place.directory, {
      databaseId: DATABASE,
      operationId: OPERATION,
      source: {
        dataDirectory: this.dataDirectory,
        systemIdentifier: SYSTEM,
        timeline: 1,
        wasRunning: options.wasRunning ?? true,
        files: [],
      },
    });
    await journal.move(state, {
      opened: {
        timeline: 2,
        position: '0/5000000',
        transaction: '700',
        at: '2026-01-01T00:00:00.000Z',
      },
    });
    return journal;
  }

  server(): SourceServer {
    return new SourceServer({
      dataDirectory: this.dataDirectory,
      config: { directory: this.directory, timeoutSeconds: 10 },
      binDirectory: '/fake',
      account: {},
      processes: this.processes,
    });
  }

  get logger(): LoggerService {
    const say = (message: string) => this.lines.push(message);
    const logger: LoggerService = {
      debug: say,
      info: say,
      warn: say,
      error: say,
      child: () => logger,
    };
    return logger;
  }

  get processes(): ProcessRunner {
    return {
      run: async ({ command, args }) => {
        const directory = args[args.indexOf('-D') + 1];
        const [verb] = args;
        let stdout = '';
        if (basename(command) === 'pg_controldata') {
          stdout = await readFile(join(directory, 'global/pg_control'), 'utf8');
        } else if (this.failing.has(verb)) {
          throw new Error(`pg_ctl ${verb} failed`);
        } else if (verb === 'start') {
          await this.serve(directory);
        } else {
          await this.stopServing();
          await rm(join(directory, 'postmaster.pid'), { force: true });
        }
        return { exitCode: 0, stdout, stderr: '', durationSeconds: 0 };
      },
    };
  }

  async remove(): Promise<void> {
    await this.stopServing();
    await rm(this.root, { recursive: true, force: true });
  }
}
