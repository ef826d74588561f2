import { TestDatabases } from '@backstage/backend-test-utils';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import {
  TestClock,
  createTestStack,
  migrate,
} from '../__testUtils__/testStack';
import { OperationDurations } from './OperationDurations';
import { QueueMetrics } from './QueueMetrics';

jest.setTimeout(60_000);

const databases = TestDatabases.create();

/** What a database with several repositories has beside its id. */
const SEVERAL = {
  title: 'Parcels',
  engineKind: 'test',
  additionalRepositoryIds: ['far'],
  quarantine: { path: 'parcels', message: 'only its repositories matter' },
};

describe.each(databases.eachSupportedId())(
  'metrics of the queue on %s',
  databaseId => {
    it('tell what waits, hangs, is paused, is proved, and how long operations took', async () => {
      const knex = await databases.init(databaseId);
      await migrate(knex);
      const clock = new TestClock('2026-11-23T10:00:00Z');
      const stack = await createTestStack({ knex, clock: clock.read });
      const exporter = new InMemoryMetricExporter(
        AggregationTemporality.CUMULATIVE,
      );
      const reader = new PeriodicExportingMetricReader({
        exporter,
        exportIntervalMillis: 3_600_000,
      });
      const provider = new MeterProvider({ readers: [reader] });
      const meter = provider.getMeter('test');
      const several = { id: 'parcels', repositoryId: 'main' };
      const metrics = new QueueMetrics({
        ...stack,
        databases: {
          get: id =>
            id === several.id
              ? { ...several, ...SEVERAL }
              : stack.databases.get(id),
        },
        meter,
      });
      const durations = new OperationDurations(meter);
      metrics.start();

      const collect = async () => {
        exporter.reset();
        await reader.forceFlush();
        return exporter
          .getMetrics()
          .flatMap(({ scopeMetrics }) => scopeMetrics)
          .flatMap(scope => scope.metrics)
          .flatMap(({ descriptor, dataPoints }) =>
            dataPoints.map(({ attributes, value }) => ({
              name: descriptor.name,
              attributes,
              value,
            })),
          );
      };
      const request = (database: string, key: string) =>
        stack.service.request(
          { databaseId: database, kind: 'backup' },
          { requestedBy: 'user:default/owner', idempotencyKey: key },
        );

      expect(await collect()).toEqual([
        { name: 'database_ops_queue_age_seconds', attributes: {}, value: 0 },
      ]);
      const orders = await request('orders', 'orders');
      const parcels = await request('parcels', 'parcels');
      await knex.transaction(trx =>
        stack.maintenance.start(trx, {
          scope: 'orders',
          reason: 'Disks are replaced.',
          until: '2026-11-23T12:00:00Z',
          startedBy: 'user:default/owner',
        }),
      );
      clock.advance(90);
      await knex('proofs').insert(
        [
          ['2026-11-01T04:00:00.000Z', 'proved'],
          ['2026-11-02T04:00:00.000Z', 'failed'],
        ].map(([endedAt, state]) => ({
          id: `proof-${state}`,
          database_id: 'orders',
          depth: 'restore',
          state,
          ended_at: endedAt,
          data: '{}',
        })),
      );
      await knex('proofs').insert(
        [
          ['', 'failed'],
          ['far', 'proved'],
          ['forgotten', 'failed'],
        ].map(([stored, state]) => ({
          id: `proof-of-${stored}`,
          database_id: 'parcels',
          repository_id: stored,
          depth: 'restore',
          state,
          ended_at: '2026-11-02T04:00:00.000Z',
          data: '{}',
        })),
      );
      const proved = (await collect()).filter(
        ({ name, attributes }) =>
          name === 'database_ops_last_proof_success' &&
          attributes.database === 'parcels',
      );
      expect(
        proved.map(({ attributes, value }) => [attributes.repository, value]),
      ).toEqual(
        expect.arrayContaining([
          ['main', 0],
          ['far', 1],
        ]),
      );
      expect(proved).toHaveLength(2);
      expect(await collect()).toEqual(
        expect.arrayContaining([
          { name: 'database_ops_queue_age_seconds', attributes: {}, value: 90 },
          {
            name: 'database_ops_maintenance_until_timestamp_seconds',
            attributes: { scope: 'orders' },
            value: Date.parse('2026-11-23T12:00:00Z') / 1000,
          },
          {
            name: 'database_ops_last_proof_timestamp_seconds',
            attributes: { database: 'orders' },
            value: Date.parse('2026-11-02T04:00:00Z') / 1000,
          },
          {
            name: 'database_ops_last_proof_success',
            attributes: { database: 'orders' },
            value: 0,
          },
        ]),
      );
      await knex('operations').where({ id: parcels.id }).update({
        state: 'running',
        stuck_at_ms: clock.read().getTime(),
      });
      durations.record({
        ...orders,
        state: 'succeeded',
        startedAt: '2026-11-23T10:00:00Z',
        endedAt: '2026-11-23T10:00:07Z',
      });
      expect(await collect()).toEqual(
        expect.arrayContaining([
          { name: 'database_ops_queue_age_seconds', attributes: {}, value: 0 },
          {
            name: 'database_ops_operations_stuck',
            attributes: { database: 'parcels', kind: 'backup' },
            value: 1,
          },
          {
            name: 'database_ops_operation_duration_seconds',
            attributes: { kind: 'backup', state: 'succeeded' },
            value: expect.objectContaining({ count: 1, sum: 7 }),
          },
        ]),
      );
      metrics.stop();
      await provider.shutdown();
    });
  },
);
