/** Random numbers that a seed repeats (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = Math.trunc(seed) % 2 ** 32;
  }

  /** From 0 up to 1, without it. */
  fraction(): number {
    this.#state = (this.#state + 0x6d2b79f5) % 2 ** 32;
    let mixed = this.#state;
    // Bits are what this generator works on.
    /* eslint-disable no-bitwise */
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    /* eslint-enable no-bitwise */
  }

  /** From the first up to the second, without it. */
  between(least: number, most: number): number {
    return least + this.fraction() * (most - least);
  }

  happens(probability: number): boolean {
    return this.fraction() < probability;
  }

  oneOf<T>(items: readonly T[]): T {
    return items[Math.floor(this.fraction() * items.length)];
  }
}
