import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mockServices } from '@backstage/backend-test-utils';
import { takeScratchTurn } from './scratchTurn';

jest.setTimeout(60_000);

describe('the turn of a verification that restores', () => {
  let directory: string;
  const context = () => ({
    logger: mockServices.logger.mock(),
    signal: new AbortController().signal,
  });

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'scratch-turn-'));
  });

  afterEach(() => rm(directory, { recursive: true }));

  it('comes when the one before has ended, also when that failed', async () => {
    const order: string[] = [];
    let end = () => {};
    const first = takeScratchTurn(directory, context(), async () => {
      order.push('first begins');
      await new Promise<void>(resolve => {
        end = resolve;
      });
      order.push('first fails');
      throw new Error('a check failed');
    });
    const waiting = context();
    const second = takeScratchTurn(directory, waiting, async () =>
      order.push('second'),
    );
    await new Promise(resolve => setTimeout(resolve, 100));
    expect(order).toHaveLength(1);
    end();
    await Promise.allSettled([first, second]);
    await expect(first).rejects.toThrow('a check failed');
    expect(order).toEqual(['first begins', 'first fails', 'second']);
    expect(waiting.logger.info).toHaveBeenCalledTimes(1);
    expect(await readdir(directory)).toEqual([]);
  });

  it('does not wait for one that was killed', async () => {
    await writeFile(
      join(directory, '.database-ops-scratch.lock'),
      `${process.pid} an-earlier-start`,
    );
    await expect(
      takeScratchTurn(directory, context(), async () => 'restored'),
    ).resolves.toBe('restored');
  });

  it('is given up when the verification is cancelled', async () => {
    const controller = new AbortController();
    await takeScratchTurn(directory, context(), async () => {
      const waiting = takeScratchTurn(
        directory,
        { ...context(), signal: controller.signal },
        async () => 'never',
      );
      controller.abort(new Error('cancelled'));
      await expect(waiting).rejects.toThrow();
    });
  });
});
