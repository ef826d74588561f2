import { readdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { JsonObject } from '@backstage/types';
import {
  InstanceOutcome,
  Inventory,
  InventoryStore,
  OperateTarget,
  RestoredInstanceReference,
} from 'backstage-plugin-database-ops-node';
import { PostgresqlConfig } from '../config';
import { engine } from '../engine';
import { recordedRun } from './recordedRun';

const SERVER = `
SELECT json_build_object(
  'systemIdentifier', (SELECT system_identifier::text FROM pg_control_system()),
  'timeline', (SELECT timeline_id FROM pg_control_checkpoint()),
  'archiveMode', current_setting('archive_mode'),
  'clusterName', current_setting('cluster_name'),
  'configurationFile', current_setting('config_file'))::text`;

export interface BenchServer {
  readonly systemIdentifier: string;
  readonly timeline: number;
  readonly archiveMode: string;
  readonly clusterName: string;
  readonly configurationFile: string;
}

/** A source with a table `app.canary (id, token)`, and the verbs that restore onto it. */
export class InPlaceBench {
  readonly target: OperateTarget<PostgresqlConfig>;
  readonly #stateDirectory: string;
  readonly #ask: (sql: string) => Promise<readonly string[]>;
  readonly #name: string;
  #operations = 0;

  constructor(options: {
    /** Operations are named after it. */
    readonly name: string;
    readonly target: OperateTarget<PostgresqlConfig>;
    /** The test's own, which it removes with all that is in it. */
    readonly stateDirectory: string;
    /** Asks the source as superuser; answers with the first column. */
    readonly ask: (sql: string) => Promise<readonly string[]>;
  }) {
    this.#name = options.name;
    this.target = options.target;
    this.#stateDirectory = options.stateDirectory;
    this.#ask = options.ask;
  }

  get sourceDirectory(): string {
    return this.target.database.config.pgbackrest!.dataDirectory;
  }

  async run(
    options: {
      readonly operationId?: string;
      readonly signal?: AbortSignal;
    } = {},
  ) {
    return recordedRun(this.target.repository, {
      operationId: `${this.#name}-${(this.#operations += 1)}`,
      stateDirectory: this.#stateDirectory,
      ...options,
    });
  }

  async ask(sql: string): Promise<string> {
    return (await this.#ask(sql))[0];
  }

  async write(token: string): Promise<void> {
    await this.#ask(`INSERT INTO app.canary (token) VALUES ('${token}')`);
  }

  async tokens(): Promise<readonly string[]> {
    return this.#ask('SELECT token FROM app.canary ORDER BY id');
  }

  async server(): Promise<BenchServer> {
    return JSON.parse(await this.ask(SERVER));
  }

  async position(): Promise<string> {
    return this.ask('SELECT pg_current_wal_insert_lsn()::text');
  }

  async takeInventory(): Promise<Inventory> {
    const { context } = await this.run();
    const inventory = await engine.operate.inventory!(this.target, context);
    await new InventoryStore(context.store).writeInventory(inventory);
    return inventory;
  }

  /** Ends the segment, and waits until the archive has it. */
  async archived(): Promise<Inventory> {
    const segment = await this.ask('SELECT pg_walfile_name(pg_switch_wal())');
    for (;;) {
      const inventory = await this.takeInventory();
      if (
        inventory.logs.some(
          ({ from, to }) =>
            from.slice(0, 8) === segment.slice(0, 8) && to >= segment,
        )
      ) {
        return inventory;
      }
      await sleep(300);
    }
  }

  async backUp(): Promise<string> {
    const { context } = await this.run();
    const { backup } = await engine.operate.backup!(
      this.target,
      { type: 'full' },
      context,
    );
    return backup.id;
  }

  async restore(
    parameters: JsonObject,
    options: Parameters<InPlaceBench['run']>[0] = {},
  ) {
    const { context, lines } = await this.run(options);
    const outcome = await engine.operate.restore!(
      this.target,
      { mode: 'in-place', ...parameters },
      context,
    );
    const reference: RestoredInstanceReference = {
      restoredInstanceId: context.operationId,
      directory: outcome.directory,
      facts: outcome.facts,
    };
    return { outcome, reference, lines };
  }

  async discard(
    reference: RestoredInstanceReference,
  ): Promise<readonly string[]> {
    const { context, lines } = await this.run();
    await engine.operate.discard!(this.target, reference, context);
    return lines;
  }

  async promote(
    reference: RestoredInstanceReference,
  ): Promise<InstanceOutcome> {
    const { context } = await this.run();
    return engine.operate.promote!(this.target, reference, {}, context);
  }

  /** What lies in the folder of restores in place. */
  async kept(): Promise<readonly string[]> {
    const { config, id } = this.target.database;
    return (await readdir(config.inPlace!.directory)).filter(entry =>
      entry.startsWith(id),
    );
  }
}
