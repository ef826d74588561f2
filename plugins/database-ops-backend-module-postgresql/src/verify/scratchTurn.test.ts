import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mockServices } from '@backstage/backend-test-utils';
import { createDeferred } from '@backstage/types';
import { removeOnly, takeScratchTurn } from './scratchTurn';

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
    const turn = createDeferred();
    const begun = createDeferred();
    const first = takeScratchTurn(directory, context(), async () => {
      order.push('first begins');
      begun.resolve();
      await turn;
      order.push('first fails');
      throw new Error('a check failed');
    });
    await begun;
    const waiting = context();
    const toldToWait = new Promise<void>(resolve => {
      waiting.logger.info.mockImplementation(() => resolve());
    });
    const second = takeScratchTurn(directory, waiting, async () =>
      order.push('second'),
    );
    await toldToWait;
    expect(order).toEqual(['first begins']);
    turn.resolve();
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

  it('is given back only by who has it', async () => {
    const file = join(directory, '.database-ops-scratch.lock');
    await takeScratchTurn(directory, context(), async () => {
      await writeFile(file, `${process.pid} of-somebody-else`);
    });
    expect(await readFile(file, 'utf8')).toContain('of-somebody-else');
  });

  it('is taken from a killed one, and not from who took it meanwhile', async () => {
    const file = join(directory, 'turn');
    await writeFile(file, 'taken meanwhile');
    await removeOnly(file, 'killed');
    expect(await readFile(file, 'utf8')).toBe('taken meanwhile');
    await removeOnly(file, 'taken meanwhile');
    expect(await readdir(directory)).toEqual([]);
  });

  it('is waited for only so long, and the error says who has it', async () => {
    await takeScratchTurn(directory, context(), async () => {
      await expect(
        takeScratchTurn(
          directory,
          { ...context(), waitSeconds: 0 },
          async () => 'never',
        ),
      ).rejects.toMatchObject({
        failure: {
          code: 'scratch-turn-taken',
          cause: expect.stringContaining(`process ${process.pid}`),
        },
      });
      expect(await readdir(directory)).toHaveLength(1);
    });
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
