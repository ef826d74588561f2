// A portal of databases of a toy engine, as many replicas as wanted, each of
// which can die at any moment.
import { JsonObject } from '@backstage/types';
import { EngineRegistration } from 'backstage-plugin-database-ops-node';
import { Knex } from 'knex';
import { MaintenanceModes } from '../../maintenance/MaintenanceModes';
import { testEngine } from '../../__testUtils__/testEngine';
import { TestStack, createTestStack } from '../../__testUtils__/testStack';
import { Schedules, createSchedules } from '../createSchedules';

const TOY_ENGINE: EngineRegistration = {
  engineModule: 'toy-engine',
  engine: {
    ...testEngine,
    describe: {
      ...testEngine.describe,
      kind: 'toy',
      title: 'Toy',
      capabilities: () => ({
        verbs: ['inventory', 'backup'],
        backupTypes: [
          { id: 'full', title: 'Full', description: 'Everything' },
          { id: 'incr', title: 'Incremental', description: 'What changed' },
        ],
        restoreKinds: [],
      }),
    },
  },
};

const FULL = { kind: 'backup', type: 'full', cron: '0 2 * * *' };
const INCREMENTAL = { kind: 'backup', type: 'incr', cron: '30 */12 * * *' };
const INVENTORY = { kind: 'inventory', cron: '15 3 * * *' };

/** Whatever a policy can make of the same three schedules. */
const POLICIES = {
  plain: {
    schedules: { full: FULL, incr: INCREMENTAL, inventory: INVENTORY },
  },
  spread: {
    schedules: {
      full: { ...FULL, timeZone: 'Europe/Berlin', jitter: 'PT40M' },
      incr: { ...INCREMENTAL, jitter: 'PT30M' },
      inventory: { ...INVENTORY, jitter: 'PT10M' },
    },
  },
  closed: {
    schedules: {
      full: { ...FULL, jitter: 'PT5M', timeZone: 'America/New_York' },
      incr: INCREMENTAL,
      inventory: { ...INVENTORY, cron: '0 */4 * * *' },
    },
    blackouts: [
      {
        days: ['mon', 'tue', 'wed', 'thu', 'fri'],
        from: '06:00',
        to: '22:00',
        timeZone: 'Europe/Berlin',
        reason: 'working hours',
      },
      { days: ['sun'], from: '00:00', to: '24:00', reason: 'Sunday' },
    ],
  },
  strict: {
    schedules: {
      full: { ...FULL, missed: 'skip' },
      incr: { ...INCREMENTAL, missed: 'skip', jitter: 'PT10M' },
      inventory: { ...INVENTORY, missed: 'skip' },
    },
  },
} satisfies Record<string, JsonObject>;

const POLICY_NAMES = Object.keys(POLICIES);

export function toyConfig(databases: number): JsonObject {
  return {
    policies: POLICIES,
    databases: Object.fromEntries(
      Array.from({ length: databases }, (_, index) => [
        `toy-${index}`,
        {
          engine: 'toy',
          repository: 'main',
          policy: POLICY_NAMES[index % POLICY_NAMES.length],
          toy: { host: '127.0.0.1' },
        },
      ]),
    ),
  };
}

/** Thrown wherever a process that has died would go on. */
class Died extends Error {
  constructor() {
    super('This portal process has died.');
  }
}

/** Where a process can die while it takes a due run. */
export type DyingPlace = 'before' | 'within' | 'after';

/** One portal process, until it dies. */
export class ToyReplica {
  readonly stack: TestStack;
  readonly maintenance: MaintenanceModes;
  readonly schedules: Schedules;
  #dead = false;
  #diesAt: DyingPlace | undefined;

  static async start(options: {
    readonly knex: Knex;
    readonly clock: () => Date;
    readonly databases: number;
  }): Promise<ToyReplica> {
    const stack = await createTestStack({
      ...options,
      config: toyConfig(options.databases),
      engine: TOY_ENGINE,
    });
    return new ToyReplica(stack);
  }

  private constructor(stack: TestStack) {
    this.stack = stack;
    this.maintenance = new MaintenanceModes(stack);
    this.#makeMortal();
    this.schedules = createSchedules({
      ...stack,
      maintenance: this.maintenance,
    });
    const { due } = this.schedules;
    const transaction = due.transaction.bind(due);
    // Nothing is written by a process that is no more.
    due.transaction = change => {
      this.#live();
      return transaction(change);
    };
  }

  get dead(): boolean {
    return this.#dead;
  }

  /** The next due run that it takes is its last. */
  dieAt(place: DyingPlace): void {
    this.#diesAt = place;
  }

  async tick(): Promise<void> {
    await this.schedules.runner.tick();
  }

  #live(): void {
    if (this.#dead) {
      throw new Died();
    }
  }

  #dieIf(place: DyingPlace): void {
    if (this.#diesAt === place) {
      this.#dead = true;
    }
    this.#live();
  }

  #makeMortal(): void {
    const { service } = this.stack;
    const requestValid = service.requestValid.bind(service);
    service.requestValid = async (valid, by, together) => {
      this.#dieIf('before');
      const operation = await requestValid(valid, by, async (trx, made) => {
        await together?.(trx, made);
        this.#dieIf('within');
      });
      this.#dieIf('after');
      return operation;
    };
  }
}
