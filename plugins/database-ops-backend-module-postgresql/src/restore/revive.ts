import { OpenInstance } from './openInstance';

/**
 * Starts a copy that does not run, after its machine was started again for
 * example; it pauses where it had paused. One that runs is left alone.
 */
export async function revive(
  { place, server }: Pick<OpenInstance, 'place' | 'server'>,
  signal: AbortSignal,
): Promise<void> {
  if ((await server.pid()) !== undefined) {
    return;
  }
  // One below the temporary folder does not outlive its machine's restart.
  await place.makeFolder(place.socketDirectory);
  await server.start(signal);
  await server.requireAnswer(signal);
}
