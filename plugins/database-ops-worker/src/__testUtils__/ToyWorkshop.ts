import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import {
  DatabaseDefinition,
  LeaseRecord,
  readLease,
  RepositoryBucket,
  RepositoryDefinition,
  repositoryKeys,
  repositorySetupSchema,
  S3ObjectStore,
  sealWorkerSpec,
  Secret,
  WorkerEvent,
  WorkerHandle,
  WorkerSpec,
} from 'backstage-plugin-database-ops-node';
import { fleetRepository } from 'backstage-plugin-database-ops-node/testing';
import { FleetLoan } from 'local-fleet';
import { LocalExecutor } from '../executor/LocalExecutor';

/** What the toy's secret is; looked for wherever it must not be. */
export const TOY_PASSPHRASE = 'correct-horse-battery-staple';

/** A spec with its secrets apart, as a portal hands them over. */
export interface SealedSpec {
  readonly spec: WorkerSpec;
  readonly secrets: Readonly<Record<string, string>>;
}

/** A toy database, a real repository and an executor, for tests. */
export class ToyWorkshop {
  readonly folder: string;
  readonly repository: RepositoryDefinition;
  readonly store: S3ObjectStore;
  executor: LocalExecutor;
  readonly #loan: FleetLoan;
  #operations = 0;

  static async create(): Promise<ToyWorkshop> {
    const loan = await FleetLoan.take({ only: ['s3'] });
    const folder = await mkdtemp(join(tmpdir(), 'toy-'));
    const repository = await fleetRepository(
      await loan.fleet.configuration(),
      `${basename(folder)}/`,
    );
    const store = await S3ObjectStore.create(repository);
    const executor = await LocalExecutor.create({
      stateDirectory: join(folder, 'state'),
    });
    return new ToyWorkshop({ loan, folder, repository, store, executor });
  }

  private constructor(parts: {
    readonly loan: FleetLoan;
    readonly folder: string;
    readonly repository: RepositoryDefinition;
    readonly store: S3ObjectStore;
    readonly executor: LocalExecutor;
  }) {
    this.#loan = parts.loan;
    this.folder = parts.folder;
    this.repository = parts.repository;
    this.store = parts.store;
    this.executor = parts.executor;
  }

  async close(): Promise<void> {
    this.store.close();
    await this.#loan.giveBack();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** A bucket set up with a retention identity, by the product itself. */
  async bucketOfItsOwn() {
    const { context } = this.#loan.fleet;
    const account = async (name: string) => ({
      accessKeyId: new Secret(await context.secret(`s3-${name}-access-key`)),
      secretAccessKey: new Secret(
        await context.secret(`s3-${name}-secret-key`),
      ),
    });
    const principal = (name: string) =>
      `arn:aws:iam::000000000000:user/${name}`;
    const writer = await account('writer');
    const retention = await account('retention');
    const repository: RepositoryDefinition = {
      ...this.repository,
      ...writer,
      id: 'retained',
      bucket: basename(this.folder).toLowerCase(),
      setup: repositorySetupSchema.parse({
        store: 'seaweedfs',
        identities: {
          writers: [principal('writer')],
          retention: [principal('retention')],
        },
        toolPrefixes: [{ prefix: 'toy/', sendsEncryptionHeader: true }],
        objectLock: true,
      }),
    };
    const bucket = await RepositoryBucket.open(
      { ...repository, retention },
      { credentials: await account('admin') },
    );
    try {
      await bucket.apply();
    } finally {
      bucket.close();
    }
    return { writer, retention, repository };
  }

  /** A toy database of its own, with two files in it. */
  async newDatabase(id: string): Promise<DatabaseDefinition> {
    const directory = join(this.folder, id);
    await mkdir(directory);
    await writeFile(join(directory, 'a.json'), '{"a":1}');
    await writeFile(join(directory, 'b.json'), '{"b":2}');
    return {
      id,
      title: id,
      engine: 'toy',
      config: {
        directory,
        restoreDirectory: join(this.folder, 'restored'),
        passphrase: new Secret(TOY_PASSPHRASE),
      },
    };
  }

  seal(
    database: DatabaseDefinition,
    overrides: Partial<WorkerSpec> = {},
    repository: RepositoryDefinition = this.repository,
  ): SealedSpec {
    this.#operations += 1;
    const { database: _d, repository: _r, version: _v, ...rest } = overrides;
    return sealWorkerSpec({
      operationId: `operation-${this.#operations}`,
      kind: 'backup',
      requestedBy: 'user:default/owner',
      parameters: { type: 'full' },
      engineModule: 'backstage-plugin-database-ops-node/toy-engine',
      timeoutSeconds: 60,
      leaseSeconds: 45,
      executorHost: this.executor.host,
      ...rest,
      database,
      repository,
    });
  }

  async start({ spec, secrets }: SealedSpec): Promise<WorkerHandle> {
    return this.executor.start(spec, secrets);
  }

  /** Starts, follows to the end and gives all events. */
  async run(sealed: SealedSpec): Promise<readonly WorkerEvent[]> {
    return this.followToEnd(await this.start(sealed));
  }

  async followToEnd(
    handle: WorkerHandle,
    sinceSeq = 0,
  ): Promise<readonly WorkerEvent[]> {
    const events: WorkerEvent[] = [];
    const never = new AbortController().signal;
    for await (const event of this.executor.follow(handle, sinceSeq, never)) {
      events.push(event);
    }
    return events;
  }

  /** Returns once the worker has reported an event that passes. */
  async followUntil(
    handle: WorkerHandle,
    passes: (event: WorkerEvent) => boolean,
  ): Promise<void> {
    const enough = new AbortController();
    for await (const event of this.executor.follow(handle, 0, enough.signal)) {
      if (passes(event)) {
        return;
      }
    }
    throw new Error(
      `The worker in ${handle.reference} ended before the event that was waited for`,
    );
  }

  /** The files of a worker, by name; not those its verb works on. */
  async stateFiles(
    handle: WorkerHandle,
  ): Promise<Readonly<Record<string, string>>> {
    const entries = await readdir(handle.reference, { withFileTypes: true });
    const names = entries
      .filter(entry => entry.isFile())
      .map(({ name }) => name);
    const contents = await Promise.all(
      names.map(async name => [
        name,
        await readFile(join(handle.reference, name), 'utf8'),
      ]),
    );
    return Object.fromEntries(contents);
  }

  /** The database's lease as it stands in the repository. */
  async leaseOf(databaseId: string): Promise<LeaseRecord | undefined> {
    const { controlPrefix } = this.repository;
    const key = repositoryKeys.lease(controlPrefix, databaseId);
    return (await readLease(this.store, key))?.record;
  }

  async processIdOf(handle: WorkerHandle): Promise<number> {
    const { 'worker.json': content } = await this.stateFiles(handle);
    return JSON.parse(content).processId;
  }
}

export const isProgress = (event: WorkerEvent) => event.type === 'progress';

/** The worker's last word. */
export function lastOf(events: readonly WorkerEvent[]) {
  const last = events.at(-1);
  if (last?.type !== 'result' && last?.type !== 'error') {
    throw new Error(
      `No result or error at the end of ${JSON.stringify(events)}`,
    );
  }
  return last;
}
