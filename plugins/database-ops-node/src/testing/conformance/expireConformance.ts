/* eslint-disable jest/no-export -- a suite that engine packages call, not a test file */
import { Backup } from 'backstage-plugin-database-ops-common';
import { ExpireRequest } from '../../expiry/types';
import { Inventory } from '../../inventory/types';
import { DrivenEnd, OperateDriver } from './OperateDriver';
import { OperateSubject } from './types';

/** What every engine that expires owes through a real worker; there are at least two chains by now. */
export function expireConformance(
  parts: {
    readonly subject: () => OperateSubject;
    readonly driver: () => OperateDriver;
    readonly remember: (end: DrivenEnd) => DrivenEnd;
  },
  timeoutMs: number,
): void {
  const { subject, driver, remember } = parts;

  async function expire(request: Omit<ExpireRequest, 'planHash'>) {
    return remember(
      await driver().run({
        kind: 'expire',
        parameters: { ...request, planHash: 'conformance' },
      }),
    );
  }

  async function backups(): Promise<readonly Backup[]> {
    const end = remember(await driver().run({ kind: 'inventory' }));
    expect(end.failure).toBeUndefined();
    const { backups: found } = end.result?.inventory as unknown as Inventory;
    return found.filter(({ state }) => state !== 'missing');
  }

  const idsOf = (all: readonly Backup[]) => all.map(({ id }) => id).sort();

  it(
    'refuses to remove the last backup that can be restored, and changes nothing',
    async () => {
      const before = idsOf(await backups());
      const end = await expire({ remove: before, keep: [] });
      expect(end.failure).toMatchObject({ code: 'plan-outdated' });
      expect(idsOf(await backups())).toEqual(before);
    },
    timeoutMs,
  );

  it(
    'removes exactly the backups it is told, and does nothing more the second time',
    async () => {
      const all = await backups();
      const [oldest] = all.toSorted((a, b) =>
        a.stoppedAt.localeCompare(b.stoppedAt),
      );
      const goes = all.filter(({ chain }) => chain.includes(oldest.chain[0]));
      const stays = idsOf(all.filter(one => !goes.includes(one)));
      expect(stays.length).toBeGreaterThan(0);
      for (const removed of [idsOf(goes), []]) {
        const end = await expire({ remove: idsOf(goes), keep: stays });
        expect(end.failure).toBeUndefined();
        expect(end.result?.expired).toMatchObject({ removed });
        expect(idsOf(await backups())).toEqual(stays);
        const listed = await subject().listBackups?.();
        expect([...(listed ?? stays)].sort()).toEqual(stays);
      }
    },
    timeoutMs,
  );
}
