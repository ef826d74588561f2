import { mockServices, TestDatabases } from '@backstage/backend-test-utils';
import {
  AggregationTemporality,
  DataPoint,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { Knex } from 'knex';
import { MIGRATIONS_DIRECTORY } from '../database/applyMigrations';
import { HealthReportStore } from '../health/HealthReportStore';
import {
  catalogOf,
  readyDatabase,
  ScriptedEngine,
  testSignal,
} from '../health/testDatabases';
import { DatabaseOpsMetrics } from './DatabaseOpsMetrics';
import { Heartbeats } from './Heartbeats';
import { FactsReader } from './MetricFacts';
import { listOperationOutcomes } from './operationOutcomes';

jest.setTimeout(60_000);

const databases = TestDatabases.create();

describe.each(databases.eachSupportedId())('DatabaseOpsMetrics on %s', id => {
  let knex: Knex;

  beforeAll(async () => {
    knex = await databases.init(id);
    await knex.migrate.latest({ directory: MIGRATIONS_DIRECTORY });
  });

  function operation(
    operationId: string,
    state: string,
    endedAt: string | null,
    kind = 'backup',
  ) {
    return {
      id: operationId,
      database_id: 'orders',
      kind,
      state,
      parameters: '{}',
      requested_by: 'user:default/owner',
      requested_at: '2026-03-01T09:00:00.000Z',
      started_at: '2026-03-01T09:00:00.000Z',
      ended_at: endedAt,
      idempotency_key: operationId,
    };
  }

  it('tells freshness, signals, operations and heartbeats from the tables', async () => {
    const health = new HealthReportStore({ knex });
    await health.save({
      databaseId: 'orders',
      status: 'degraded',
      sentence: 'Lag is 7 s.',
      observedAt: new Date().toISOString(),
      intervalSeconds: 30,
      signals: [
        testSignal({ id: 'reachable' }),
        testSignal({ id: 'lag', status: 'warning' }),
      ],
    });
    await knex('operations').insert([
      operation('1', 'failed', '2026-03-01T09:01:00.000Z'),
      operation('2', 'succeeded', '2026-03-01T10:00:12.000Z'),
      operation('3', 'cancelled', '2026-03-01T11:00:00.000Z'),
      operation('4', 'running', null),
      operation('5', 'interrupted', '2026-03-01T09:00:30.000Z', 'restore'),
    ]);
    const heartbeats = new Heartbeats({
      knex,
      clock: () => new Date('2026-03-01T12:00:00.000Z'),
    });
    await heartbeats.beat('health');

    let running = 1;
    let nowMs = 0;
    const exporter = new InMemoryMetricExporter(AggregationTemporality.DELTA);
    const reader = new PeriodicExportingMetricReader({
      exporter,
      exportIntervalMillis: 3_600_000,
    });
    const provider = new MeterProvider({ readers: [reader] });
    const own = new DatabaseOpsMetrics({
      meter: provider.getMeter('test'),
      logger: mockServices.logger.mock(),
      facts: new FactsReader({
        clock: () => new Date(nowMs),
        databases: catalogOf(
          readyDatabase('orders', new ScriptedEngine()),
          readyDatabase('new', new ScriptedEngine()),
        ),
        health,
        freshness: {
          getFreshness: async () => ({ state: 'unknown', sentence: '' }),
          listFreshness: async () =>
            new Map([
              [
                'orders',
                {
                  state: 'kept',
                  sentence: '',
                  ageSeconds: 120,
                  objectiveSeconds: 3600,
                },
              ],
            ]),
        },
        operations: {
          countByState: async () =>
            running > 0
              ? [
                  {
                    databaseId: 'orders',
                    kind: 'backup',
                    state: 'running',
                    count: running,
                  },
                ]
              : [],
        },
        outcomes: () => listOperationOutcomes(knex),
        heartbeats,
      }),
    });
    own.start();

    async function scrape() {
      nowMs += 60_000;
      exporter.reset();
      await reader.forceFlush();
      const [resource] = exporter.getMetrics();
      return new Map(
        resource.scopeMetrics[0].metrics.map(metric => [
          metric.descriptor.name,
          (metric.dataPoints as DataPoint<number>[]).map(
            ({ attributes, value }) => [Object.values(attributes), value],
          ),
        ]),
      );
    }

    expect(Object.fromEntries(await scrape())).toEqual({
      database_ops_backup_age_seconds: [[['orders'], 120]],
      database_ops_backup_objective_seconds: [[['orders'], 3600]],
      database_ops_health_status: [
        [['orders'], 1],
        [['new'], 3],
      ],
      database_ops_signal_status: [
        [['orders', 'reachable'], 0],
        [['orders', 'lag'], 1],
      ],
      database_ops_operations: [[['orders', 'backup', 'running'], 1]],
      database_ops_last_operation_success: expect.arrayContaining([
        [['orders', 'backup'], 1],
        [['orders', 'restore'], 0],
      ]),
      database_ops_last_operation_duration_seconds: expect.arrayContaining([
        [['orders', 'backup'], 3612],
        [['orders', 'restore'], 30],
      ]),
      database_ops_scheduler_heartbeat_timestamp_seconds: [
        [['health'], Date.parse('2026-03-01T12:00:00.000Z') / 1000],
      ],
    });

    running = 0;
    expect((await scrape()).get('database_ops_operations')).toEqual([
      [['orders', 'backup', 'running'], 0],
    ]);
    own.stop();
    await provider.shutdown();
  });
});
