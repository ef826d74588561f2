// The command behind benchmarks/postgresql.mjs.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { LocalFleet } from 'local-fleet';
import { fleetTarget } from '../fleetDatabase';
import { WorkerDriver } from '../WorkerDriver';
import { change, digestOf, fill } from './fill';
import { Phases, phasesOf } from './phases';
import { RawPgBackRest } from './RawPgBackRest';
import { Estimate, estimate, formatEstimate } from './statistics';

const KINDS = ['full', 'diff', 'restore'] as const;
type Kind = (typeof KINDS)[number];
const RATIO_LIMIT = 1.02;
const OWN_SECONDS_LIMIT = 2;

interface Rounds {
  readonly product: Phases[];
  readonly raw: number[];
}

const { values } = parseArgs({
  options: {
    megabytes: { type: 'string', default: '2048' },
    rounds: { type: 'string', default: '7' },
    'change-percent': { type: 'string', default: '5' },
  },
});
const say = (line: string) => process.stdout.write(`${line}\n`);

/** Of this process, which starts and follows workers by the portal's own executor; a portal's other work is not in it. */
class Memory {
  readonly #samples: number[] = [];
  readonly #timer = setInterval(
    () => this.#samples.push(process.memoryUsage().rss),
    1000,
  );

  tell(): void {
    clearInterval(this.#timer);
    const part = Math.max(1, Math.floor(this.#samples.length / 4));
    const middle = (samples: readonly number[]) =>
      [...samples].sort((a, b) => a - b)[Math.floor(samples.length / 2)] /
      2 ** 20;
    say(
      `resident memory of the process that follows the workers: ${middle(this.#samples.slice(0, part)).toFixed(0)} MiB in the first quarter, ${middle(this.#samples.slice(-part)).toFixed(0)} MiB in the last, ${(Math.max(...this.#samples) / 2 ** 20).toFixed(0)} MiB at most`,
    );
  }
}

class Comparison {
  readonly #fleet: LocalFleet;
  readonly #driver: WorkerDriver;
  readonly #raw: RawPgBackRest;
  readonly rounds: Readonly<Record<Kind, Rounds>> = {
    full: { product: [], raw: [] },
    diff: { product: [], raw: [] },
    restore: { product: [], raw: [] },
  };

  constructor(fleet: LocalFleet, driver: WorkerDriver, raw: RawPgBackRest) {
    this.#fleet = fleet;
    this.#driver = driver;
    this.#raw = raw;
  }

  /** Each side begins every other round: what the machine remembers helps both alike. */
  async round(number: number): Promise<void> {
    for (const kind of KINDS) {
      if (kind === 'diff') {
        await change(this.#fleet, Number(values['change-percent']));
      }
      const sides = [() => this.#product(kind), () => this.#byHand(kind)];
      for (const side of number % 2 === 0 ? sides : sides.reverse()) {
        await side();
      }
      const { product, raw } = this.rounds[kind];
      say(
        `round ${number + 1} ${kind}: product ${product.at(-1)!.toolSeconds.toFixed(2)} s in pgBackRest, by hand ${raw.at(-1)!.toFixed(2)} s`,
      );
    }
  }

  async #product(kind: Kind): Promise<void> {
    const startedAt = Date.now();
    if (kind !== 'restore') {
      const { events } = await this.#driver.succeed({
        kind: 'backup',
        parameters: { type: kind },
      });
      this.rounds[kind].product.push(phasesOf(events, 'Copying', startedAt));
      return;
    }
    const { events, result, operationId } = await this.#driver.succeed({
      kind: 'restore',
      parameters: { kind: 'latest' },
    });
    this.rounds.restore.product.push(
      phasesOf(events, 'Fetching files', startedAt),
    );
    const { directory, facts, connection } =
      result.restoredInstance as unknown as {
        directory: string;
        facts: Record<string, string>;
        connection: { port: number };
      };
    await this.#compareContent(connection.port, 'product');
    await this.#driver.discard({
      restoredInstanceId: operationId,
      directory,
      facts,
    });
  }

  async #byHand(kind: Kind): Promise<void> {
    if (kind !== 'restore') {
      const { seconds } = await this.#raw.backup(kind);
      this.rounds[kind].raw.push(seconds);
      return;
    }
    const { seconds, directory } = await this.#raw.restore();
    this.rounds.restore.raw.push(seconds);
    await this.#raw.open(directory, port =>
      this.#compareContent(port, 'by hand'),
    );
  }

  async #compareContent(port: number, side: string): Promise<void> {
    const [source, copy] = await Promise.all([
      digestOf(this.#fleet),
      digestOf(this.#fleet, port),
    ]);
    if (source !== copy) {
      throw new Error(
        `What was restored ${side} is not what the source holds.`,
      );
    }
  }
}

/** By hand and ours of the same round are compared with each other. */
function ratioOf({ product, raw }: Rounds): Estimate {
  return estimate(product.map(({ toolSeconds }, n) => toolSeconds / raw[n]));
}

function report(rounds: Readonly<Record<Kind, Rounds>>): boolean {
  let kept = true;
  for (const kind of KINDS) {
    const { product, raw } = rounds[kind];
    const of = (part: (phases: Phases) => number) =>
      estimate(product.map(part));
    const own = of(
      ({ startSeconds, beforeSeconds, afterSeconds }) =>
        startSeconds + beforeSeconds + afterSeconds,
    );
    const ratio = ratioOf(rounds[kind]);
    say(`${kind}, ${product.length} rounds, medians with 95 % intervals, s:`);
    say(`  pgBackRest by hand       ${formatEstimate(estimate(raw))}`);
    say(`  pgBackRest in the worker ${formatEstimate(of(p => p.toolSeconds))}`);
    say(`  ratio of these           ${formatEstimate(ratio, 3)}`);
    say(
      `  worker's start and lease ${formatEstimate(of(p => p.startSeconds))}`,
    );
    say(
      `  our checks before        ${formatEstimate(of(p => p.beforeSeconds))}`,
    );
    say(
      `  ${kind === 'restore' ? 'recovery, verification  ' : 'reading back, inventory '} ${formatEstimate(of(p => p.afterSeconds))}`,
    );
    say(`  own part altogether      ${formatEstimate(own)}`);
    if (ratio.low > RATIO_LIMIT) {
      kept = false;
      say(`  MISSED: the ratio is to be ${RATIO_LIMIT} at most`);
    }
    if (kind !== 'restore' && own.median > OWN_SECONDS_LIMIT) {
      kept = false;
      say(`  MISSED: our own part is to take ${OWN_SECONDS_LIMIT} s at most`);
    }
  }
  return kept;
}

async function main(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'comparison-'));
  const fleet = await LocalFleet.temporary({ only: ['s3', 'postgresql'] });
  try {
    await fleet.up();
    const target = await fleetTarget(fleet);
    await fill(fleet, Number(values.megabytes), say);
    const comparison = new Comparison(
      fleet,
      await WorkerDriver.create({
        target,
        stateDirectory: join(directory, 'workers'),
      }),
      new RawPgBackRest({ target, fleet, folder: fleet.context.directory }),
    );
    const memory = new Memory();
    for (let round = 0; round < Number(values.rounds); round++) {
      await comparison.round(round);
    }
    memory.tell();
    process.exitCode = report(comparison.rounds) ? 0 : 1;
  } finally {
    await fleet.reset();
    await rm(directory, { recursive: true, force: true });
  }
}

main().catch(error => {
  process.stderr.write(`${error?.stack ?? error}\n`);
  process.exitCode = 1;
});
