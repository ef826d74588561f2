import { readFile } from 'node:fs/promises';

const INTERVAL_MILLISECONDS = 1000;
/** A heap breathes by tens of MiB between collections; what grows on and on passes this. */
const GROWTH_LIMIT = 1.1;

interface Sample {
  readonly seconds: number;
  readonly mebibytes: number;
}

/** What a process had in memory over a while. */
export interface MemoryCourse {
  readonly first: number;
  readonly last: number;
  readonly highest: number;
  /** Medians of the first and the last quarter. */
  readonly early: number;
  readonly late: number;
  readonly slopePerMinute: number;
  readonly samples: number;
  readonly isFlat: boolean;
}

/** A process's resident memory, each second. Linux only. */
export class ResidentMemory {
  readonly #samples: Sample[] = [];
  readonly #startedAt = performance.now();
  readonly #timer: NodeJS.Timeout;
  #failure: unknown;

  constructor(processId: number) {
    const file = `/proc/${processId}/status`;
    this.#timer = setInterval(() => {
      this.#sample(file).catch(error => {
        this.#failure = error;
        this.stop();
      });
    }, INTERVAL_MILLISECONDS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** @throws what kept it from being read */
  course(): MemoryCourse {
    this.stop();
    if (this.#failure) {
      throw this.#failure;
    }
    return courseOf(this.#samples);
  }

  async #sample(file: string): Promise<void> {
    const [, kibibytes] =
      /VmRSS:\s+(\d+) kB/.exec(await readFile(file, 'utf8')) ?? [];
    if (kibibytes === undefined) {
      throw new Error(`${file} tells no resident memory: the process ended.`);
    }
    this.#samples.push({
      seconds: (performance.now() - this.#startedAt) / 1000,
      mebibytes: Number(kibibytes) / 1024,
    });
  }
}

export function courseOf(samples: readonly Sample[]): MemoryCourse {
  if (samples.length < 4) {
    throw new Error('Memory was read for less than four seconds.');
  }
  const sizes = samples.map(({ mebibytes }) => mebibytes);
  const quarter = Math.floor(samples.length / 4);
  const early = middleOf(sizes.slice(0, quarter));
  const late = middleOf(sizes.slice(-quarter));
  return {
    first: sizes[0],
    last: sizes.at(-1)!,
    highest: Math.max(...sizes),
    early,
    late,
    slopePerMinute: 60 * slopeOf(samples),
    samples: samples.length,
    isFlat: late <= early * GROWTH_LIMIT,
  };
}

function middleOf(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

/** Of the line with the least squares, MiB a second. */
function slopeOf(samples: readonly Sample[]): number {
  const mean = (of: (sample: Sample) => number) =>
    samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length;
  const time = mean(({ seconds }) => seconds);
  const size = mean(({ mebibytes }) => mebibytes);
  return (
    mean(each => (each.seconds - time) * (each.mebibytes - size)) /
    mean(({ seconds }) => (seconds - time) ** 2)
  );
}
