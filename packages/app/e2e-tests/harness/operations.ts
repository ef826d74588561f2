import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readBackupObjects } from 'local-fleet';
import { Page } from 'playwright-core';
import { eventually, Stage } from './Stage';

/** The fields of the API's operation that tests judge. */
export interface Operation {
  readonly id: string;
  readonly state: string;
  readonly kind: string;
  readonly attempt: number;
  readonly requestedAt: string;
  readonly startedAt?: string;
  readonly endedAt?: string;
  readonly progress?: { readonly step?: string; readonly percent?: number };
  readonly result?: any;
  readonly failure?: {
    readonly cause: string;
    readonly object: string;
    readonly nextStep: string;
    readonly code?: string;
  };
}

export interface WantedOperation {
  readonly databaseId: string;
  readonly kind: string;
  readonly parameters: object;
  readonly confirmation?: string;
}

const FINAL = ['succeeded', 'failed', 'cancelled', 'interrupted'];

/** A full backup of a database. */
export function backupOf(databaseId: string): WantedOperation {
  return { databaseId, kind: 'backup', parameters: { type: 'full' } };
}

/** A look at what the repository holds of a database. */
export function inventoryOf(databaseId: string): WantedOperation {
  return { databaseId, kind: 'inventory', parameters: {} };
}

/** A restore of the latest moment to a new place. */
export function restoreOf(databaseId: string): WantedOperation {
  return {
    databaseId,
    kind: 'restore',
    parameters: { kind: 'latest' },
    confirmation: databaseId,
  };
}

/** Operations of a stage, asked for as the databases' owner. */
export class Operations {
  readonly #stage: Stage;

  /** Waits until each portal has learnt from the catalogue who owns the databases. */
  static async of(
    stage: Stage,
    databaseIds: readonly string[],
  ): Promise<Operations> {
    for (const portal of stage.replicas) {
      for (const databaseId of databaseIds) {
        await eventually(
          `The owner of ${databaseId} is known`,
          () => stage.api('owner', `/databases/${databaseId}`, { portal }),
          ({ body }) => body.owner !== undefined,
          { withinSeconds: 60 },
        );
      }
    }
    return new Operations(stage);
  }

  private constructor(stage: Stage) {
    this.#stage = stage;
  }

  async start(wanted: WantedOperation): Promise<Operation> {
    const { status, body } = await this.#stage.api('owner', '/operations', {
      method: 'POST',
      headers: { 'Idempotency-Key': randomUUID() },
      body: wanted,
    });
    if (status !== 201) {
      throw new Error(
        `POST /operations gave ${status}: ${JSON.stringify(body)}`,
      );
    }
    return body;
  }

  async get(id: string): Promise<Operation> {
    return (await this.#stage.api('owner', `/operations/${id}`)).body;
  }

  async events(id: string): Promise<readonly any[]> {
    const events: any[] = [];
    for (;;) {
      const { body } = await this.#stage.api(
        'owner',
        `/operations/${id}/events?limit=200&after=${events.at(-1)?.seq ?? 0}`,
      );
      if (body.items.length === 0) {
        return events;
      }
      events.push(...body.items);
    }
  }

  /** Returns once the operation's progress stands at a step, and some way into it. */
  async untilStep(id: string, step: string, percent = 0): Promise<Operation> {
    return eventually(
      `Operation ${id} reaches '${step}'`,
      async () => {
        const operation = await this.get(id);
        if (FINAL.includes(operation.state)) {
          throw new Error(
            `Operation ${id} ended before '${step}': ${JSON.stringify(operation)}`,
          );
        }
        return operation;
      },
      ({ progress }) =>
        progress?.step === step && (progress.percent ?? 0) >= percent,
      { withinSeconds: 120 },
    );
  }

  /** The operation that an act on a page asks for, told by the page that opens, once it has ended. */
  async askedFor(
    page: Page,
    act: () => Promise<void>,
    withinSeconds?: number,
  ): Promise<Operation> {
    const before = page.url();
    await act();
    await page.waitForURL(
      ({ href, pathname }) =>
        href !== before && pathname.startsWith('/databases/operations/'),
    );
    const id = new URL(page.url()).pathname.split('/').at(-1)!;
    return this.untilEnded(id, withinSeconds);
  }

  async untilEnded(id: string, withinSeconds = 180): Promise<Operation> {
    return eventually(
      `Operation ${id} ends`,
      () => this.get(id),
      ({ state }) => FINAL.includes(state),
      { withinSeconds },
    );
  }

  async run(wanted: WantedOperation): Promise<Operation> {
    return this.untilEnded((await this.start(wanted)).id);
  }

  /** The sentence and outcome with which the audit history closes the operation. */
  async auditedEnds(id: string): Promise<readonly any[]> {
    const { body } = await this.#stage.api(
      'approver',
      '/audit-events?limit=200',
    );
    return body.items.filter(
      (event: { operationId?: string; action: string }) =>
        event.operationId === id && event.action === 'operation.end',
    );
  }

  get workersDirectory(): string {
    return join(this.#stage.stateDirectory, 'portal', 'workers');
  }

  /** The worker's process, which leads the group of everything it starts. */
  async workerOf(id: string): Promise<number> {
    const content = await readFile(
      join(this.workersDirectory, id, 'worker.json'),
      'utf8',
    );
    return JSON.parse(content).processId;
  }

  /** Returns once no operation's worker has a folder: it goes right after the end is told. */
  async untilNoWorkerLeft(): Promise<void> {
    await eventually(
      'No worker has a folder',
      async () =>
        (await readdir(this.workersDirectory)).filter(
          name => !name.startsWith('.'),
        ),
      left => left.length === 0,
      { withinSeconds: 10 },
    );
  }

  /** Whether another worker could take the database's lease now. */
  async isLeaseFree(databaseId: string): Promise<boolean> {
    const key = `control/databases/${databaseId}/lease.json`;
    const content = (
      await readBackupObjects(this.#stage.fleet.context, key)
    ).get(key);
    if (content === undefined) {
      return true;
    }
    const { releasedAt, expiresAt } = JSON.parse(content);
    return releasedAt !== undefined || Date.parse(expiresAt) < Date.now();
  }
}
