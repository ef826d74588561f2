import { parseInfo } from '../pgbackrest/info';
import { DEFAULT_SEGMENT_BYTES, segmentName } from '../wal/segments';
import { recoveryWindowOf } from '../window/recoveryWindow';
import { inventoryOf } from './readInventory';

const DOCUMENT = `[{"archive":[{"database":{"id":1,"repo-key":1},"id":"15-1","max":"00000002000000000000000C","min":"000000010000000000000001"}],
"backup":[{"annotation":{"operation":"op-1","requested-by":"user:default/owner"},"archive":{"start":"00000001000000000000000B","stop":"00000001000000000000000C"},
"backrest":{"format":5,"version":"2.45"},"database":{"id":1,"repo-key":1},"error":false,
"info":{"delta":52381586,"repository":{"delta":9761280,"size":9761280},"size":52381586},"label":"20261123-055235F","lsn":{"start":"0/B000028","stop":"0/C000050"},
"prior":null,"reference":null,"timestamp":{"start":1795413155,"stop":1795413158},"type":"full"},
{"annotation":null,"archive":{"start":null,"stop":null},"database":{"id":1,"repo-key":1},"error":true,
"info":{"delta":10,"repository":{"delta":5,"size":20},"size":30},"label":"20261123-055235F_20261124-055235I","lsn":{"start":null,"stop":null},
"prior":"20261123-055235F","reference":["20261123-055235F"],"timestamp":{"start":1795499555,"stop":1795499558},"type":"incr"}],
"cipher":"aes-256-cbc","db":[{"id":1,"repo-key":1,"system-id":7711236971318875780,"version":"15"}],"name":"orders",
"repo":[{"cipher":"aes-256-cbc","key":1,"status":{"code":0,"message":"ok"}}],"status":{"code":0,"lock":{"backup":{"held":false}},"message":"ok"}}]`;

describe('inventoryOf', () => {
  const inventory = inventoryOf(
    'orders-db',
    parseInfo(DOCUMENT, 'orders'),
    new Date('2026-11-24T06:00:00Z'),
  );

  it('keeps the system identifier exact, beyond what a JSON number holds', () => {
    expect(inventory.systemId).toBe('7711236971318875780');
  });

  it('describes a full backup with its moments and its operation', () => {
    expect(inventory.backups[0]).toEqual({
      id: '20261123-055235F',
      databaseId: 'orders-db',
      type: 'full',
      startedAt: '2026-11-23T05:52:35.000Z',
      stoppedAt: '2026-11-23T05:52:38.000Z',
      sizeBytes: 52381586,
      repositorySizeBytes: 9761280,
      chain: ['20261123-055235F'],
      from: { time: '2026-11-23T05:52:35.000Z', lsn: '0/B000028', timeline: 1 },
      to: { time: '2026-11-23T05:52:38.000Z', lsn: '0/C000050', timeline: 1 },
      operationId: 'op-1',
      requestedBy: 'user:default/owner',
      state: 'present',
    });
  });

  it('gives a dependent backup its chain, itself last, and marks page errors', () => {
    expect(inventory.backups[1]).toMatchObject({
      chain: ['20261123-055235F', '20261123-055235F_20261124-055235I'],
      prior: '20261123-055235F',
      state: 'damaged',
    });
  });

  it('matches no backup of an earlier system with the log of the present one', () => {
    const upgraded = parseInfo(
      DOCUMENT.replace(
        '"db":[',
        '"db":[{"id":2,"repo-key":1,"system-id":7711236971318875999,"version":"16"},',
      ),
      'orders',
    );
    const after = inventoryOf('orders-db', upgraded, new Date());
    expect(after.systemId).toBe('7711236971318875999');
    expect(after.backups).toHaveLength(2);
    expect(after.backups[0]).toMatchObject({
      id: '20261123-055235F',
      state: 'present',
      from: { time: '2026-11-23T05:52:35.000Z' },
    });
    const log = {
      branch: '1',
      from: segmentName(1, 0, DEFAULT_SEGMENT_BYTES),
      to: segmentName(1, 20, DEFAULT_SEGMENT_BYTES),
    };
    const { intervals } = recoveryWindowOf('orders-db', {
      ...after,
      logs: [{ ...log, fromPosition: '0/0', toPosition: '0/15000000' }],
    });
    expect(intervals.filter(({ kind }) => kind === 'claimed')).toEqual([]);
  });

  it('is empty while the stanza is not in the repository', () => {
    expect(parseInfo('[]', 'orders')).toBeUndefined();
    expect(inventoryOf('orders-db', undefined, new Date()).backups).toEqual([]);
  });
});
