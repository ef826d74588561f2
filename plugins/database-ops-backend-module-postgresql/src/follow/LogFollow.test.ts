import { Inventory } from 'backstage-plugin-database-ops-node';
import { recoveryWindowOf } from '../window/recoveryWindow';
import { resolveMoment } from '../window/resolveMoment';
import { formatInstant, parseInstant } from '../wal/instant';
import { contiguousAfter, continuation, soundSegments } from './LogFollow';

const SEGMENT_BYTES = 16 * 1024 * 1024;
const at = (time: string) => parseInstant(`2026-11-23T${time}Z`)!;
const segment = (number: number) =>
  `0000000100000000${number.toString(16).toUpperCase().padStart(8, '0')}`;

const INVENTORY: Inventory = {
  version: 1,
  databaseId: 'orders',
  engine: 'postgresql',
  observedAt: '2026-11-23T12:00:00Z',
  backups: [
    {
      id: '20261123-110000F',
      databaseId: 'orders',
      type: 'full',
      startedAt: '2026-11-23T11:00:00Z',
      stoppedAt: '2026-11-23T11:00:10Z',
      chain: ['20261123-110000F'],
      from: { time: '2026-11-23T11:00:00Z', lsn: '0/2000028', timeline: 1 },
      to: { time: '2026-11-23T11:00:10Z', lsn: '0/2000100', timeline: 1 },
      state: 'present',
    },
  ],
  logs: [
    {
      branch: '1',
      from: segment(2),
      to: segment(4),
      segmentBytes: SEGMENT_BYTES,
      fromPosition: '0/2000000',
      toPosition: '0/5000000',
      lastCommitAt: '2026-11-23T11:59:00Z',
      lastCommitPosition: '0/4000100',
    },
  ],
};
const NOW = new Date('2026-11-23T12:05:00Z');

describe('contiguousAfter', () => {
  it('stops at the first segment that is missing, and asks for each folder once', async () => {
    const asked: string[] = [];
    const last = await contiguousAfter(
      segment(0xfd),
      SEGMENT_BYTES,
      async folder => {
        asked.push(folder);
        return folder.endsWith('00000000')
          ? [segment(0xfe), segment(0xff)]
          : ['000000010000000100000000', '000000010000000100000002'];
      },
    );
    expect(last).toBe('000000010000000100000000');
    expect(asked).toEqual(['0000000100000000', '0000000100000001']);
  });
});

describe('soundSegments', () => {
  const folder = 'archive/main/15-1/0000000100000000';
  const digest = 'a'.repeat(40);

  it('counts whole segments only: no partial one, no note of a backup, no copy on its way', () => {
    expect(
      soundSegments(
        [
          `${segment(5)}-${digest}.zst`,
          `${segment(6)}-${digest}`,
          `${segment(7)}.partial-${digest}.zst`,
          `${segment(8)}.00000028.backup`,
          `${segment(9)}-${digest}.zst.pgbackrest.tmp`,
        ],
        folder,
      ),
    ).toEqual([segment(5), segment(6)]);
  });

  it('leaves out the file that was found damaged, not another one of that segment', () => {
    const file = `${segment(5)}-${digest}.zst`;
    const other = `${segment(5)}-${'b'.repeat(40)}.zst`;
    const damaged = [`${folder}/${file} of 2026-11-23T11:59:00.000Z`];
    expect(soundSegments([file], folder, damaged)).toEqual([]);
    expect(soundSegments([file, other], folder, damaged)).toEqual([segment(5)]);
  });
});

describe('continuation', () => {
  it('reaches to just before the newest commit that lies wholly in segments that were seen', () => {
    const followed = continuation(
      INVENTORY,
      [
        { committedAt: at('12:03:00'), position: 0x5000200 },
        { committedAt: at('12:04:00'), position: 0x6000200 },
      ],
      { seen: segment(5), now: NOW },
    );
    expect(followed).toEqual({
      branch: '1',
      to: segment(5),
      toPosition: '0/6000000',
      observedAt: NOW.toISOString(),
      restorableTo: formatInstant(at('12:03:00') - 1),
    });
  });

  it('says nothing when nothing new was seen, or nobody knows which commits lie in it', () => {
    const sample = { committedAt: at('12:03:00'), position: 0x5000200 };
    expect(
      continuation(INVENTORY, [sample], { seen: segment(4), now: NOW }),
    ).toBeUndefined();
    expect(
      continuation(INVENTORY, [{ ...sample, position: 0x7000000 }], {
        seen: segment(5),
        now: NOW,
      }),
    ).toBeUndefined();
  });

  it('moves the window and what can be asked for by time; positions stay as far as they are known', () => {
    const followed = continuation(
      INVENTORY,
      [{ committedAt: at('12:03:00'), position: 0x5000200 }],
      { seen: segment(5), now: NOW },
    )!;
    const inventory = { ...INVENTORY, followed };
    const { intervals, observedAt } = recoveryWindowOf('orders', inventory);
    expect(observedAt).toBe(NOW.toISOString());
    expect(intervals).toMatchObject([
      { kind: 'claimed', to: { time: followed.restorableTo } },
    ]);
    const asked = (time: string) =>
      resolveMoment(inventory, { kind: 'time', at: parseInstant(time)! });
    expect(asked(followed.restorableTo)).toMatchObject({
      reachable: true,
      parameters: { kind: 'time', time: followed.restorableTo, timeline: 1 },
    });
    expect(asked('2026-11-23T12:03:00Z')).toMatchObject({
      reachable: false,
      nearest: [{ time: followed.restorableTo }],
    });
    expect(
      resolveMoment(inventory, { kind: 'lsn', position: 0x5000100 }).reachable,
    ).toBe(false);
    expect(resolveMoment(inventory, { kind: 'latest' })).toMatchObject({
      parameters: { lsn: '0/4000100' },
    });
  });
});
