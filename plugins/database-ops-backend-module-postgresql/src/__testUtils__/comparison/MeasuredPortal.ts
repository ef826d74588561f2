import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { JsonObject } from '@backstage/types';
import { LocalFleet } from 'local-fleet';
// eslint-disable-next-line @backstage/no-relative-monorepo-imports -- the portal is started as the demo starts it
import { Portal } from '../../../../../scripts/lib/portal.mjs';
import { endWorkers } from '../endWorkers';
import { TimedEvent, TimedStep, timelineOf } from './timeline';

/** Seldom: what a portal is asked costs processor time beside the copying. Nothing is timed by it. */
const POLL_MILLISECONDS = 5000;
const OWNER_SECONDS = 120;
const FINAL = ['succeeded', 'failed', 'cancelled', 'interrupted'];
/** No schedules: nothing but what is measured runs. */
const POLICY = 'observed';

interface OperationView {
  readonly id: string;
  readonly state: string;
  readonly result?: JsonObject;
  readonly failure?: { readonly cause: string };
}

/** An operation's end and where its time went. */
export interface MeasuredRun {
  readonly operationId: string;
  readonly result: JsonObject;
  readonly steps: readonly TimedStep[];
}

/** The portal as it is built for operators, asked through its API as people ask it. */
export class MeasuredPortal {
  readonly #fleet: LocalFleet;
  readonly #databaseId: string;
  readonly #directory: string;
  #starting: Promise<Portal> | undefined;
  #started: Portal | undefined;

  constructor(options: {
    readonly fleet: LocalFleet;
    readonly databaseId: string;
    readonly directory: string;
  }) {
    this.#fleet = options.fleet;
    this.#databaseId = options.databaseId;
    this.#directory = options.directory;
  }

  /** Returns once the portal has learnt from the catalogue whose the database is. */
  async start(say: (line: string) => void): Promise<void> {
    await mkdir(this.#workers, { recursive: true, mode: 0o700 });
    const fleetFile = join(this.#directory, 'app-config.fleet.yaml');
    await this.#fleet.writeConfiguration(fleetFile);
    const ownFile = join(this.#directory, 'app-config.measured.yaml');
    await writeFile(
      ownFile,
      // YAML reads JSON.
      JSON.stringify({
        databaseOps: {
          databases: { [this.#databaseId]: { policy: POLICY } },
          executor: { stateDirectory: this.#workers },
        },
      }),
      { mode: 0o600 },
    );
    this.#starting = Portal.start({
      stateDirectory: join(this.#directory, 'portal'),
      configFiles: [fleetFile, ownFile],
      bundle: process.env.E2E_PORTAL_BUNDLE,
      log: say,
    });
    this.#started = await this.#starting;
    await this.#untilOwned();
  }

  get processId(): number {
    return this.#portal.pid!;
  }

  /** Ends the portal, one that still starts too, and its workers. */
  async stop(): Promise<void> {
    if (this.#starting) {
      const [started] = await Promise.allSettled([this.#starting]);
      // One that did not start has ended itself.
      if (started.status === 'fulfilled') {
        await started.value.stop();
      }
      await endWorkers(this.#workers);
    }
  }

  get #portal(): Portal {
    if (!this.#started) {
      throw new Error('The portal was not started.');
    }
    return this.#started;
  }

  get #workers(): string {
    return join(this.#directory, 'workers');
  }

  async #untilOwned(): Promise<void> {
    const deadline = Date.now() + OWNER_SECONDS * 1000;
    for (;;) {
      const found = await this.#ask<{ readonly owner?: string }>(
        `/databases/${this.#databaseId}`,
      );
      if (found.owner !== undefined) {
        return;
      }
      if (Date.now() > deadline) {
        throw new Error(
          `The portal knew no owner of ${this.#databaseId} within ${OWNER_SECONDS} s.`,
        );
      }
      await sleep(POLL_MILLISECONDS);
    }
  }

  /** @throws Error with what the operation said when it did not succeed */
  async run(wanted: {
    readonly kind: string;
    readonly parameters: JsonObject;
    readonly confirmation?: string;
  }): Promise<MeasuredRun> {
    const token = await this.#portal.token('owner');
    const requestedAt = Date.now();
    const { id } = await this.#ask<OperationView>(
      '/operations',
      { databaseId: this.#databaseId, ...wanted },
      token,
    );
    let operation: OperationView;
    do {
      await sleep(POLL_MILLISECONDS);
      operation = await this.#ask<OperationView>(`/operations/${id}`);
    } while (!FINAL.includes(operation.state));
    const events = await this.#events(id);
    if (operation.state !== 'succeeded' || !operation.result) {
      const told = events.slice(-8).map(event => JSON.stringify(event));
      throw new Error(
        `The ${wanted.kind} ended as ${operation.state}: ${operation.failure?.cause ?? 'it left no failure'}\n${told.join('\n')}`,
      );
    }
    return {
      operationId: id,
      result: operation.result,
      steps: timelineOf(events, requestedAt),
    };
  }

  async #events(id: string): Promise<readonly TimedEvent[]> {
    const events: TimedEvent[] = [];
    for (;;) {
      const { items } = await this.#ask<{
        readonly items: readonly TimedEvent[];
      }>(`/operations/${id}/events?limit=200&after=${events.at(-1)?.seq ?? 0}`);
      if (items.length === 0) {
        return events;
      }
      events.push(...items);
    }
  }

  async #ask<T>(path: string, body?: object, token?: string): Promise<T> {
    const response = await fetch(
      `${this.#portal.url}/api/database-ops${path}`,
      {
        method: body ? 'POST' : 'GET',
        headers: {
          Authorization: `Bearer ${token ?? (await this.#portal.token('owner'))}`,
          'Content-Type': 'application/json',
          ...(body ? { 'Idempotency-Key': randomUUID() } : {}),
        },
        body: body && JSON.stringify(body),
      },
    );
    const text = await response.text();
    if (!response.ok) {
      throw new Error(`${path} gave ${response.status}: ${text}`);
    }
    return JSON.parse(text) as T;
  }
}
