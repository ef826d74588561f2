// The command behind benchmarks/postgresql.mjs.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs, promisify } from 'node:util';
import { RestoreOutcome } from 'backstage-plugin-database-ops-node';
import { LocalFleet, reclaimBackupSpace } from 'local-fleet';
import { fleetTarget } from '../fleetDatabase';
import { runCommand } from '../runCommand';
import { change, digestOf, fill } from './fill';
import { MeasuredPortal } from './MeasuredPortal';
import { RawPgBackRest } from './RawPgBackRest';
import { ratioOf, reportOn, Rounds } from './report';
import { ResidentMemory } from './ResidentMemory';
import { secondsOf } from './timeline';

const KINDS = ['full', 'diff', 'restore'] as const;
/** Where the fleet's pgBackRest keeps its own part. */
const REPOSITORY_PREFIX = 'pgbackrest/';
type Kind = (typeof KINDS)[number];
const REST_MILLISECONDS = 3000;

const { values } = parseArgs({
  options: {
    megabytes: { type: 'string', default: '2048' },
    rounds: { type: 'string', default: '7' },
    'change-percent': { type: 'string', default: '5' },
    /** Those that are counted. */
    kinds: { type: 'string', default: KINDS.join() },
  },
});
const counted = KINDS.filter(kind => values.kinds.split(',').includes(kind));
const say = (line: string) => process.stdout.write(`${line}\n`);

/** What was written before is on the disk, and the standby has replayed it: neither side pays for it. */
async function comeToRest(): Promise<void> {
  await promisify(execFile)('sync');
  await sleep(REST_MILLISECONDS);
}

class Comparison {
  readonly #fleet: LocalFleet;
  readonly #portal: MeasuredPortal;
  readonly #raw: RawPgBackRest;
  readonly #databaseId: string;
  #digest = '';
  readonly rounds: Readonly<Record<Kind, Rounds>> = {
    full: { product: [], byHand: [] },
    diff: { product: [], byHand: [] },
    restore: { product: [], byHand: [] },
  };

  constructor(options: {
    readonly fleet: LocalFleet;
    readonly portal: MeasuredPortal;
    readonly raw: RawPgBackRest;
    readonly databaseId: string;
  }) {
    this.#fleet = options.fleet;
    this.#portal = options.portal;
    this.#raw = options.raw;
    this.#databaseId = options.databaseId;
  }

  /** Each side begins every other round: what the machine remembers helps both alike. */
  async round(number: number, kinds: readonly Kind[] = KINDS): Promise<void> {
    for (const kind of kinds) {
      if (kind === 'diff') {
        this.#digest = await change(
          this.#fleet,
          Number(values['change-percent']),
        );
      }
      const sides = [() => this.#product(kind), () => this.#byHand(kind)];
      for (const side of number % 2 === 0 ? sides : sides.reverse()) {
        await comeToRest();
        await side();
      }
      const { product, byHand } = this.rounds[kind];
      const steps = product.at(-1)!;
      say(
        `round ${number} ${kind}: product ${secondsOf(steps, 'copying').toFixed(2)} s in pgBackRest and ${secondsOf(steps, 'own').toFixed(2)} s of its own, by hand ${byHand.at(-1)!.toFixed(2)} s`,
      );
    }
    // The disk need not hold every round's backups.
    await this.#raw.expire();
    await reclaimBackupSpace(this.#fleet.context, REPOSITORY_PREFIX);
  }

  /** Leaves the rounds so far out of the figures. */
  forget(): void {
    for (const { product, byHand } of Object.values(this.rounds)) {
      product.length = 0;
      byHand.length = 0;
    }
  }

  async #product(kind: Kind): Promise<void> {
    if (kind !== 'restore') {
      const { steps } = await this.#portal.run({
        kind: 'backup',
        parameters: { type: kind },
      });
      this.rounds[kind].product.push(steps);
      return;
    }
    const { operationId, result, steps } = await this.#portal.run({
      kind: 'restore',
      parameters: { kind: 'latest' },
      confirmation: this.#databaseId,
    });
    this.rounds.restore.product.push(steps);
    const { connection } = result.restoredInstance as unknown as RestoreOutcome;
    await this.#compareContent(connection.port!, 'by the product');
    await this.#portal.run({
      kind: 'discard',
      parameters: { restoredInstanceId: operationId },
    });
  }

  async #byHand(kind: Kind): Promise<void> {
    if (kind !== 'restore') {
      const { seconds } = await this.#raw.backup(kind);
      this.rounds[kind].byHand.push(seconds);
      return;
    }
    const { seconds, directory } = await this.#raw.restore();
    this.rounds.restore.byHand.push(seconds);
    await this.#raw.open(directory, port =>
      this.#compareContent(port, 'by hand'),
    );
  }

  async #compareContent(port: number, side: string): Promise<void> {
    if ((await digestOf(this.#fleet, port)) !== this.#digest) {
      throw new Error(
        `What was restored ${side} is not what the source holds.`,
      );
    }
  }
}

runCommand(async undo => {
  const fleet = await LocalFleet.temporary({ only: ['s3', 'postgresql'] });
  // Also ends restored servers: they lie in the fleet's folder.
  undo(() => fleet.reset());
  await fleet.up();
  const target = await fleetTarget(fleet);
  const databaseId = target.database.id;
  const raw = new RawPgBackRest({
    target,
    fleet,
    folder: fleet.context.directory,
  });
  undo(() => raw.stop());
  const portal = new MeasuredPortal({
    fleet,
    databaseId,
    directory: join(fleet.context.directory, 'measured'),
  });
  undo(() => portal.stop());
  await portal.start(say);
  await fill(fleet, Number(values.megabytes), say);
  const comparison = new Comparison({ fleet, portal, databaseId, raw });
  const memory = new ResidentMemory(portal.processId);
  undo(async () => memory.stop());
  say('Round 0 warms up and is not counted.');
  await comparison.round(0);
  comparison.forget();
  const startedAt = performance.now();
  for (let round = 1; round <= Number(values.rounds); round++) {
    await comparison.round(round, counted);
  }
  const { lines, missed } = reportOn(
    Object.fromEntries(counted.map(kind => [kind, comparison.rounds[kind]])),
    memory.course(),
  );
  say(
    `\n${values.megabytes} MB, ${values.rounds} rounds in ${((performance.now() - startedAt) / 60_000).toFixed(1)} min\n`,
  );
  lines.forEach(say);
  const ratios = counted.map(kind => ratioOf(comparison.rounds[kind]).median);
  say(`ratio ${Math.max(...ratios).toFixed(3)} at most`);
  missed.forEach(each => say(`MISSED ${each}`));
  return missed.length === 0 ? 0 : 1;
});
