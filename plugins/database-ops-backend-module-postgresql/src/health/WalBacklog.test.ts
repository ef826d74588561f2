import { Answer, ArchiverRow, PrimaryFindings } from './findings';
import { Limits } from './Limits';
import { WAL_FOLDER, WalBacklog } from './WalBacklog';

const MINUTE_MS = 60_000;
const SEGMENT_BYTES = 16 * 2 ** 20;
const GIGABYTE = 1_000_000_000;

describe('the time until WAL fills the disk', () => {
  function create(volumeBytes?: number) {
    let nowMs = 0;
    const backlog = new WalBacklog(new Limits(), volumeBytes, () => nowMs);
    return {
      async at(
        minutes: number,
        options: {
          readonly bytes: number;
          readonly ready: number;
          readonly unreachable?: readonly string[];
          readonly archiver?: Partial<ArchiverRow>;
        },
      ) {
        nowMs = minutes * MINUTE_MS;
        const ok = <T>(value: T): Answer<T> => ({ ok: true, value });
        const about = {
          member: { name: 'pg-1', host: 'db.example.com', port: 5432 },
          archiver: ok({
            archive_mode: 'on',
            segment_bytes: SEGMENT_BYTES,
            current_bytes: options.bytes,
            ...options.archiver,
          } as ArchiverRow),
          archiveStatus: ok({
            ready: options.ready,
            done_segment: null,
            done_age_seconds: null,
          }),
        } as PrimaryFindings;
        const [signal] = await backlog.signals({
          about,
          state: {
            in_recovery: false,
            read_only: false,
            server_version: '15.20',
            data_directory: '/data',
            timescaledb: null,
            system_identifier: null,
          },
          ask: async <TRow extends object>(sql: string) => {
            expect(sql).toBe(WAL_FOLDER);
            return ok([{ bytes: 4 * GIGABYTE } as unknown as TRow]);
          },
          unreachable: async () => options.unreachable ?? [],
        });
        return signal;
      },
    };
  }

  it('is no matter while WAL leaves', async () => {
    const backlog = create();
    expect(await backlog.at(0, { bytes: 0, ready: 2 })).toMatchObject({
      id: 'wal-backlog',
      status: 'ok',
      sentence: 'WAL of pg-1 leaves for the archive; none piles up.',
    });
  });

  it.each([
    [100, 'ok'],
    [28, 'warning'],
    [7, 'critical'],
  ])(
    'follows from the rate and from what is free of %d GB',
    async (gigabytes, status) => {
      const backlog = create(gigabytes * GIGABYTE - 1);
      await backlog.at(0, { bytes: 0, ready: 1 });
      // A gigabyte an hour; four of the volume are taken.
      const signal = await backlog.at(6, { bytes: GIGABYTE / 10, ready: 6 });
      expect(signal.status).toBe(status);
      expect(signal.value).toBeCloseTo(gigabytes - 4, 1);
    },
  );

  it('names the repository at fault, the rate and what is left', async () => {
    const backlog = create(5 * GIGABYTE);
    await backlog.at(0, { bytes: 0, ready: 1 });
    const signal = await backlog.at(6, {
      bytes: GIGABYTE,
      ready: 6,
      unreachable: ['far'],
    });
    expect(signal).toMatchObject({ status: 'critical', unit: 'h', value: 0.1 });
    expect(signal.sentence).toMatch(
      /^6 WAL segments \(.*\) wait on pg-1, for repository 'far' does not answer: archiving fails as a whole while one is away\. At .*\/min \(measured over 6 min 0 s\) the .* that are free of the .* configured for WAL last 6 min 0 s; then pg-1 stops\.$/,
    );
  });

  it('does not guess where neither the rate nor the disk is known', async () => {
    const backlog = create();
    const first = await backlog.at(0, { bytes: 0, ready: 9 });
    expect(first.status).toBe('warning');
    expect(first.value).toBeUndefined();
    expect(first.sentence).toContain('set postgresql.walVolumeBytes');
    expect(first.sentence).toContain('every repository answers from here');
    const known = create(GIGABYTE);
    expect((await known.at(0, { bytes: 0, ready: 9 })).sentence).toContain(
      'the rate of WAL is measured from the next check on',
    );
  });

  it('measures anew when the position went back', async () => {
    const backlog = create(100 * GIGABYTE);
    await backlog.at(0, { bytes: 50 * GIGABYTE, ready: 9 });
    const signal = await backlog.at(5, { bytes: GIGABYTE, ready: 9 });
    expect(signal.value).toBeUndefined();
  });

  it('is not asked of a server that does not archive', async () => {
    expect(
      await create().at(0, {
        bytes: 0,
        ready: 9,
        archiver: { archive_mode: 'off' },
      }),
    ).toBeUndefined();
  });
});
