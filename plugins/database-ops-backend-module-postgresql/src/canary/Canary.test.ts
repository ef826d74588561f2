import { Canary } from './Canary';

describe('the canary', () => {
  afterEach(() => jest.restoreAllMocks());

  it('writes no more often than its interval, whatever the health checks do', async () => {
    const now = jest.spyOn(performance, 'now').mockReturnValue(0);
    const write = jest.fn(async () => {});
    const canary = new Canary({ intervalSeconds: 30 });
    await canary.beat('pg-1', write);
    now.mockReturnValue(29_999);
    await canary.beat('pg-1', write);
    expect(write).toHaveBeenCalledTimes(1);
    now.mockReturnValue(30_000);
    expect((await canary.beat('pg-1', write)).status).toBe('ok');
    expect(write).toHaveBeenCalledTimes(2);
  });

  it('is unknown with the reason when its row is refused, and tries again at the next check', async () => {
    const canary = new Canary({ intervalSeconds: 30 });
    const refused = await canary.beat('pg-1', async () => {
      throw new Error('permission denied for schema database_ops');
    });
    expect(refused).toMatchObject({
      status: 'unknown',
      member: 'pg-1',
      sentence: expect.stringContaining('permission denied'),
    });
    const write = jest.fn(async () => {});
    expect((await canary.beat('pg-1', write)).status).toBe('ok');
    expect(write).toHaveBeenCalledTimes(1);
  });
});
