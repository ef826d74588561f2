import { RecoveryInterval } from 'backstage-plugin-database-ops-common';
import { Inventory } from 'backstage-plugin-database-ops-node';
import { readyDatabase, TEST_REPOSITORY } from '../health/testDatabases';
import { testBackup, testEngine } from '../__testUtils__/testEngine';
import { RecoveryWindowSignal } from './RecoveryWindowSignal';
import { joinSpans, restorableSpan } from './restorableSpan';

const at = (hour: number) =>
  `2026-11-23T${String(hour).padStart(2, '0')}:00:00.000Z`;

function interval(
  kind: RecoveryInterval['kind'],
  timeline: number,
  from: number,
  to: number,
): RecoveryInterval {
  return {
    kind,
    timeline,
    from: { time: at(from) },
    to: { time: at(to) },
    ...(kind === 'gap' ? { reason: 'Segment 7 is missing.' } : {}),
  };
}

/** A backup that ended in an hour; each of `lost` cannot be restored. */
function backup(hour: number, timeline = 1) {
  return {
    ...testBackup('orders', `b${hour}`),
    stoppedAt: at(hour),
    from: { time: at(hour), timeline },
  };
}

function given(
  intervals: readonly RecoveryInterval[],
  inventory: Partial<Inventory>,
  lost: readonly string[] = [],
) {
  return {
    engine: {
      ...testEngine,
      describe: {
        ...testEngine.describe,
        recoveryWindow: () => ({
          databaseId: 'orders',
          intervals: [...intervals],
          sentence: 'As it is.',
        }),
        resolve: (
          _: string,
          __: Inventory,
          { backupId }: { backupId?: unknown },
        ) => ({ reachable: !lost.includes(String(backupId)), sentence: '' }),
      },
    },
    inventory: {
      version: 1 as const,
      databaseId: 'orders',
      engine: 'test',
      observedAt: at(23),
      backups: [],
      logs: [],
      ...inventory,
    },
  };
}

function spanOf(...facts: Parameters<typeof given>) {
  const { engine, inventory } = given(...facts);
  return restorableSpan(engine, inventory);
}

const fork = { branch: '2', parent: '1', position: '0/5000000', at: at(10) };

describe('what an inventory lets a database be restored to', () => {
  it('reaches from the first claim to the last, or to the end of a newer backup', () => {
    const claimed = [interval('claimed', 1, 2, 8)];
    expect(spanOf(claimed, { backups: [backup(2)] })).toEqual({
      from: at(2),
      to: at(8),
    });
    expect(spanOf(claimed, { backups: [backup(2), backup(9)] }).to).toBe(at(9));
  });

  it('leaves out gaps and backups whose log is missing', () => {
    expect(
      spanOf(
        [interval('claimed', 1, 2, 4), interval('gap', 1, 4, 9)],
        { backups: [backup(2), backup(9)] },
        ['b9'],
      ).to,
    ).toBe(at(4));
    expect(
      spanOf([interval('gap', 1, 4, 9)], { backups: [backup(4)] }, ['b4']),
    ).toEqual({});
  });

  it('ends where the database left a line that goes on by itself', () => {
    const abandoned = [interval('claimed', 1, 2, 20)];
    const backups = [backup(2), backup(19)];
    expect(spanOf(abandoned, { backups, branches: [fork] }).to).toBe(at(10));
    expect(
      spanOf([...abandoned, interval('claimed', 2, 10, 12)], {
        backups,
        branches: [fork],
      }).to,
    ).toBe(at(12));
  });

  it('does not take up what begins on a line that was left before', () => {
    expect(
      spanOf([interval('claimed', 1, 2, 4), interval('claimed', 1, 12, 20)], {
        backups: [backup(2), backup(12)],
        branches: [fork],
        currentBranch: '2',
      }).to,
    ).toBe(at(4));
  });

  it('is that of the line before while the one of today has archived nothing', () => {
    expect(
      spanOf([interval('claimed', 1, 2, 8)], {
        backups: [backup(2)],
        currentBranch: '2',
      }),
    ).toEqual({ from: at(2), to: at(8) });
  });

  it('follows the older line after a rollback', () => {
    expect(
      spanOf([interval('claimed', 1, 2, 15), interval('claimed', 2, 10, 20)], {
        branches: [fork],
        currentBranch: '1',
      }).to,
    ).toBe(at(15));
  });

  it('of several repositories is what they hold together', () => {
    expect(joinSpans([{ from: at(3), to: at(5) }, {}, { to: at(4) }])).toEqual({
      from: at(3),
      to: at(5),
    });
    expect(joinSpans([undefined])).toBeUndefined();
    expect(joinSpans([{}, undefined])).toBeUndefined();
    expect(joinSpans([{}])).toEqual({});
  });
});

describe('the signal of the recovery window', () => {
  async function signalOf(...facts: Parameters<typeof given>) {
    const { engine, inventory } = given(...facts);
    const source = new RecoveryWindowSignal({
      backups: { listInventories: async () => [{ stored: 'main', inventory }] },
    });
    const [signal] = await source.read(
      readyDatabase(
        'orders',
        { engine: () => engine },
        { repository: TEST_REPOSITORY },
      ),
      new Date(at(23)),
    );
    return signal;
  }

  it('is critical when no backup can be restored', async () => {
    expect(
      await signalOf([interval('gap', 1, 4, 9)], { backups: [backup(4)] }, [
        'b4',
      ]),
    ).toMatchObject({ status: 'critical', sentence: 'As it is.' });
  });

  it('warns while log lies behind a gap, and not when a later backup closed it', async () => {
    const broken = [interval('claimed', 1, 2, 4), interval('gap', 1, 4, 9)];
    expect(await signalOf(broken, { backups: [backup(2)] })).toMatchObject({
      status: 'warning',
      sentence: expect.stringContaining('Segment 7 is missing.'),
    });
    expect(
      await signalOf([...broken, interval('claimed', 1, 9, 11)], {
        backups: [backup(2), backup(9)],
      }),
    ).toMatchObject({ status: 'ok' });
  });

  it('leaves it to the age of backups that there is none', async () => {
    expect(await signalOf([], {})).toBeUndefined();
  });
});
