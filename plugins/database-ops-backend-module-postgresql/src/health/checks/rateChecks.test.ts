import { Limits } from '../Limits';
import { MemberChecks } from './MemberChecks';
import { deadlocks, temporaryFiles } from './rateChecks';

const server = { versionNumber: 150_000, has: () => true };

/** Answers of a server to checks, every 30 s or as told. */
function checked(check: typeof deadlocks) {
  let seconds = 0;
  const checks = new MemberChecks([check], new Limits(), () => seconds);
  return async (count: number, afterSeconds = 30) => {
    seconds += afterSeconds;
    const [signal] = await checks.run('pg-1', server, async () => ({
      ok: true,
      value: [{ count }],
    }));
    return signal;
  };
}

async function quietFor(
  next: ReturnType<typeof checked>,
  count: number,
  checks: number,
) {
  for (let done = 0; done < checks; done += 1) {
    await next(count);
  }
}

describe('rates of counters', () => {
  it('are not judged by what happened between two checks', async () => {
    const dead = checked(deadlocks);
    await dead(0);
    expect((await dead(2)).status).toBe('ok');
    const spilled = checked(temporaryFiles);
    await spilled(0);
    expect((await spilled(0.85e9)).status).toBe('ok');
  });

  it('say over how long they were measured', async () => {
    const dead = checked(deadlocks);
    expect((await dead(0)).sentence).toContain('second check');
    expect((await dead(2)).sentence).toBe(
      'pg-1 ended 2 deadlocks in 30 s; a rate is judged from 10 min on.',
    );
    await quietFor(dead, 2, 30);
    expect(await dead(2)).toMatchObject({
      value: 8,
      sentence: 'pg-1 ended 2 deadlocks in 16 min 0 s.',
    });
  });

  it('warn of two deadlocks in ten minutes, not of two in an hour', async () => {
    const dead = checked(deadlocks);
    await dead(0);
    expect((await dead(2, 600)).status).toBe('warning');
    expect((await dead(2, 600)).status).toBe('ok');
  });

  it('become critical when it lasts, and forget what is older than an hour', async () => {
    const spilled = checked(temporaryFiles);
    await spilled(0);
    expect((await spilled(17e9, 600)).status).toBe('critical');
    expect((await spilled(17e9, 3_000)).status).toBe('warning');
    expect(await spilled(17e9, 3_000)).toMatchObject({
      status: 'ok',
      value: 0,
    });
  });

  it('begin anew when the counters were reset', async () => {
    const dead = checked(deadlocks);
    await dead(500);
    await dead(500, 900);
    expect((await dead(0)).value).toBeUndefined();
    expect((await dead(30, 900)).status).toBe('critical');
  });
});
