import { tableOf } from '../tableOf';
import { MemoryCourse } from './ResidentMemory';
import { Estimate, estimate, formatEstimate } from './statistics';
import { secondsOf, StepOwner, TimedStep } from './timeline';

const RATIO_LIMIT = 1.02;
const OWN_SECONDS_LIMIT = 2;

export interface Rounds {
  readonly product: (readonly TimedStep[])[];
  /** Seconds that pgBackRest took by hand. */
  readonly byHand: number[];
}

/** What was measured as a table for people, and whether the limits were kept. */
export interface Report {
  readonly lines: readonly string[];
  readonly missed: readonly string[];
}

/** By hand and ours of the same round are compared with each other. */
export function ratioOf({ product, byHand }: Rounds): Estimate {
  return estimate(
    product.map((steps, n) => secondsOf(steps, 'copying') / byHand[n]),
  );
}

export function reportOn(
  kinds: Readonly<Record<string, Rounds>>,
  memory: MemoryCourse,
): Report {
  const lines: string[] = [];
  const missed: string[] = [];
  for (const [kind, rounds] of Object.entries(kinds)) {
    const { product, byHand } = rounds;
    const sumOf = (owner: StepOwner) =>
      estimate(product.map(steps => secondsOf(steps, owner)));
    const ratio = ratioOf(rounds);
    const own = sumOf('own');
    lines.push(
      ...tableOf([
        [`${kind}, ${product.length} rounds`, 's'],
        ['pgBackRest by hand', formatEstimate(estimate(byHand))],
        ['pgBackRest in the worker', formatEstimate(sumOf('copying'))],
        ['ratio of these', formatEstimate(ratio, 3)],
        ['**own part**', formatEstimate(own)],
        ...stepsOf(product, 'own'),
        ...stepsOf(product, 'tools'),
      ]),
    );
    if (ratio.low > RATIO_LIMIT) {
      missed.push(
        `${kind}: the ratio is ${formatEstimate(ratio, 3)}, above ${RATIO_LIMIT} in all of its interval`,
      );
    }
    if (own.median > OWN_SECONDS_LIMIT) {
      missed.push(
        `${kind}: our own part takes ${own.median.toFixed(2)} s, more than ${OWN_SECONDS_LIMIT} s`,
      );
    }
  }
  const mebibytes = (size: number) => size.toFixed(0);
  lines.push(
    `Medians in seconds, in brackets their intervals of 95 %. The own part is all from the request to the result but pgBackRest's copying, "pgbackrest check" with its wait for the archive, and PostgreSQL's recovery, each told apart.`,
    '',
    ...tableOf([
      [`memory of the portal's backend, each second`, 'MiB'],
      ['first', mebibytes(memory.first)],
      ['last', mebibytes(memory.last)],
      ['highest', mebibytes(memory.highest)],
      [
        'median of the first and the last quarter',
        `${mebibytes(memory.early)} and ${mebibytes(memory.late)}`,
      ],
      ['slope a minute', memory.slopePerMinute.toFixed(2)],
      ['samples', String(memory.samples)],
    ]),
  );
  if (!memory.isFlat) {
    missed.push(
      `memory: it rose from ${mebibytes(memory.early)} to ${mebibytes(memory.late)} MiB`,
    );
  }
  return { lines, missed };
}

function stepsOf(
  product: Rounds['product'],
  owner: StepOwner,
): (readonly [string, string])[] {
  const names = new Set(
    product.flat().flatMap(step => (step.owner === owner ? [step.name] : [])),
  );
  return [...names].map(name => {
    const taken = product.map(
      steps => steps.find(step => step.name === name)?.seconds ?? 0,
    );
    return [
      owner === 'own' ? `own: ${name}` : `${name} (not ours)`,
      formatEstimate(estimate(taken)),
    ];
  });
}
