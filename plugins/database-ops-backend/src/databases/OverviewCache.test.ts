import { mockServices } from '@backstage/backend-test-utils';
import { OverviewCache } from './OverviewCache';

jest.setTimeout(60_000);

const pause = (milliseconds: number) =>
  new Promise(resolve => setTimeout(resolve, milliseconds));

describe('a cached overview', () => {
  const logger = mockServices.logger.mock();

  it('is made each time while it is cheap', async () => {
    let made = 0;
    const cache = new OverviewCache({
      logger,
      make: async () => ++made,
      isSmall: () => true,
    });
    expect([await cache.read(), await cache.read()]).toEqual([1, 2]);
  });

  it('is made once for all who ask at the same time, kept for a time that grows with its cost, then given until the next is there', async () => {
    let made = 0;
    const cache = new OverviewCache({
      logger,
      make: async () => {
        await pause(20);
        return ++made;
      },
      isSmall: () => false,
    });
    expect(await Promise.all([cache.read(), cache.read()])).toEqual([1, 1]);
    expect(await cache.read()).toBe(1);
    const end = Date.now() + 20_000;
    let asked = await cache.read();
    while (asked === 1 && Date.now() < end) {
      await pause(50);
      asked = await cache.read();
    }
    expect(asked).toBe(2);
    expect(made).toBe(2);
  });

  it('tells a failure only to those who have no earlier answer, and the log otherwise', async () => {
    let fails = true;
    const cache = new OverviewCache({
      logger,
      make: async () => {
        if (fails) {
          throw new Error('The database is away.');
        }
        return 'overview';
      },
      isSmall: () => false,
    });
    await expect(cache.read()).rejects.toThrow('The database is away.');
    fails = false;
    expect(await cache.read()).toBe('overview');
    fails = true;
    await pause(50);
    expect(await cache.read()).toBe('overview');
    await pause(0);
    expect(logger.warn).toHaveBeenCalledWith(
      'The overview of databases was not renewed: The database is away.',
    );
  });
});
