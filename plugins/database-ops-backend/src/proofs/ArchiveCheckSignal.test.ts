import { Proof } from 'backstage-plugin-database-ops-common';
import { ReadyDatabase } from '../databases/types';
import { ArchiveCheckSignal } from './ArchiveCheckSignal';

const DAILY = {
  name: 'archiving',
  kind: 'verify',
  parameters: { depth: 'archiving' },
  cron: '20 5 * * *',
  timeZone: 'UTC',
  suspended: false,
  jitterSeconds: 300,
};

function readAll(
  proofs: readonly Partial<Proof>[],
  now: string,
  {
    schedules = [DAILY],
    repositories = ['main'],
  }: {
    readonly schedules?: readonly object[];
    readonly repositories?: readonly string[];
  } = {},
) {
  const [repository, ...additionalRepositories] = repositories.map(id => ({
    id,
  }));
  return new ArchiveCheckSignal({
    proofs: { newestOf: async () => proofs as readonly Proof[] },
  }).read(
    {
      id: 'orders',
      repositoryId: repository.id,
      repository,
      additionalRepositories,
      policy: { schedules },
    } as unknown as ReadyDatabase,
    new Date(now),
  );
}

const read = (
  proof: Partial<Proof> | undefined,
  now: string,
  schedules?: readonly object[],
) => readAll(proof ? [proof] : [], now, { schedules });

const PROVED: Partial<Proof> = {
  state: 'proved',
  sentence: 'WAL arrived.',
  endedAt: '2026-11-22T05:21:00.000Z',
  facts: { seconds: 1.5 },
};

describe('the signal of the archive check', () => {
  it('is not there before the first check', async () => {
    expect(await read(undefined, '2026-11-22T12:00:00Z')).toEqual([]);
  });

  it('says what the newest check found, with its seconds', async () => {
    const now = '2026-11-22T12:00:00Z';
    expect(await read(PROVED, now)).toMatchObject([
      { id: 'archive-check', status: 'ok', value: 1.5, unit: 's' },
    ]);
    const [failed] = await read(
      { ...PROVED, state: 'failed', sentence: 'Stanza main does not archive.' },
      now,
    );
    expect(failed).toMatchObject({ status: 'critical' });
    expect(failed.sentence).toContain('Stanza main');
    expect(await read({ ...PROVED, state: 'partial' }, now)).toMatchObject([
      { status: 'unknown' },
    ]);
  });

  it('holds until the next check has had an hour, and is unknown then', async () => {
    expect(await read(PROVED, '2026-11-23T06:24:00Z')).toMatchObject([
      { status: 'ok' },
    ]);
    const [late] = await read(PROVED, '2026-11-23T06:26:00Z');
    expect(late.status).toBe('unknown');
    expect(late.sentence).toContain('2026-11-23T05:20:00.000Z');
  });

  it('does not age where no schedule asks for it', async () => {
    for (const schedules of [[], [{ ...DAILY, suspended: true }]]) {
      expect(
        await read(PROVED, '2026-12-24T00:00:00Z', schedules),
      ).toMatchObject([{ status: 'ok' }]);
    }
  });

  it('is judged of each repository, so that what one proves hides no failure of another', async () => {
    const far: Partial<Proof> = { ...PROVED, repositoryId: 'far' };
    const signals = await readAll(
      [
        { ...PROVED, state: 'failed' },
        { ...far, endedAt: '2026-11-22T06:00:00.000Z' },
        { ...PROVED, repositoryId: 'forgotten', state: 'failed' },
      ],
      '2026-11-22T12:00:00Z',
      { repositories: ['main', 'far'] },
    );
    expect(signals.map(({ id, status }) => `${id} ${status}`)).toEqual([
      'archive-check critical',
      'archive-check-far ok',
    ]);
  });

  it('ages by the schedule of its own repository', async () => {
    const [main, far] = await readAll(
      [PROVED, { ...PROVED, repositoryId: 'far' }],
      '2026-11-24T12:00:00Z',
      {
        repositories: ['main', 'far'],
        schedules: [
          { ...DAILY, parameters: { depth: 'archiving', repositoryId: 'far' } },
        ],
      },
    );
    expect([main.status, far.status]).toEqual(['ok', 'unknown']);
    expect(far.sentence).toContain('2026-11-24T05:20:00.000Z');
  });
});
