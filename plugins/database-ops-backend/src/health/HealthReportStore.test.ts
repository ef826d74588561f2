import { TestDatabases } from '@backstage/backend-test-utils';
import { Knex } from 'knex';
import { MIGRATIONS_DIRECTORY } from '../database/applyMigrations';
import { HealthReportStore, NewHealthReport } from './HealthReportStore';
import { testSignal } from './testDatabases';

jest.setTimeout(60_000);

const databases = TestDatabases.create();

describe.each(databases.eachSupportedId())('HealthReportStore on %s', id => {
  let knex: Knex;
  let now: Date;

  function store() {
    return new HealthReportStore({ knex, clock: () => now });
  }

  function found(report: Partial<NewHealthReport>): NewHealthReport {
    return {
      databaseId: 'orders',
      status: 'healthy',
      sentence: 'Healthy. 1 signal is ok.',
      observedAt: now.toISOString(),
      intervalSeconds: 30,
      signals: [testSignal({})],
      engineVersion: 'PostgreSQL 15.20',
      ...report,
    };
  }

  beforeAll(async () => {
    knex = await databases.init(id);
    await knex.migrate.latest({ directory: MIGRATIONS_DIRECTORY });
  });

  beforeEach(async () => {
    await knex('health_reports').delete();
    now = new Date('2026-03-01T10:00:00.000Z');
  });

  it('keeps since when over restarts until the status changes', async () => {
    await store().save(found({}));
    now = new Date('2026-03-01T10:00:30.000Z');
    await store().save(found({ sentence: 'Healthy. 2 signals are ok.' }));
    expect((await store().getReport('orders'))?.report).toMatchObject({
      status: 'healthy',
      since: '2026-03-01T10:00:00.000Z',
      observedAt: '2026-03-01T10:00:30.000Z',
      counts: { ok: 1, warning: 0, critical: 0, unknown: 0 },
    });
    now = new Date('2026-03-01T10:01:00.000Z');
    await store().save(found({ status: 'down', sentence: 'pg-1 is gone.' }));
    expect((await store().getReport('orders'))?.report).toMatchObject({
      status: 'down',
      since: '2026-03-01T10:01:00.000Z',
    });
  });

  it('says whether status or sentence changed', async () => {
    expect(await store().save(found({}))).toEqual({ changed: true });
    expect(await store().save(found({}))).toEqual({ changed: false });
    expect(await store().save(found({ sentence: 'Lag is 7 s.' }))).toEqual({
      changed: true,
    });
  });

  it('does not believe a report that is three intervals old', async () => {
    await store().save(found({}));
    now = new Date('2026-03-01T10:01:30.000Z');
    expect((await store().getReport('orders'))?.report.status).toBe('healthy');
    now = new Date('2026-03-01T10:04:10.000Z');
    const stale = (await store().listReports()).get('orders')?.report;
    expect(stale).toMatchObject({
      status: 'unknown',
      observedAt: '2026-03-01T10:00:00.000Z',
      since: '2026-03-01T10:01:30.000Z',
    });
    expect(stale?.sentence).toBe(
      'Checked 4 min ago, should be every 30 s. Then: Healthy. 1 signal is ok.',
    );
  });

  it('remembers the version while the server is away', async () => {
    await store().save(found({}));
    await store().save(found({ status: 'down', engineVersion: undefined }));
    expect((await store().getReport('orders'))?.engineVersion).toBe(
      'PostgreSQL 15.20',
    );
  });
});
