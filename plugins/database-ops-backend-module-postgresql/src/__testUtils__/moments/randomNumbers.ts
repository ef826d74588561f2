/** The same numbers from 0 to 1 for the same seed, so that a failure can be looked into. */
export function randomNumbers(seed: number): () => number {
  let state = Math.abs(Math.trunc(seed)) % 2_147_483_647 || 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
