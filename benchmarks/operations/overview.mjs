// Databases as a large portal has them: each with a health report of twenty
// signals and an inventory of thirty backups.
const SIGNALS = 20;
const BACKUPS = 30;
const HOUR_MS = 3_600_000;
const idOf = n => `database-${String(n).padStart(4, '0')}`;

function backupsOf(databaseId) {
  return Array.from({ length: BACKUPS }, (_, n) => {
    const stoppedAt = new Date(Date.now() - n * 24 * HOUR_MS).toISOString();
    return {
      id: `full-${n}`,
      databaseId,
      type: 'full',
      startedAt: stoppedAt,
      stoppedAt,
      chain: [`full-${n}`],
      state: 'present',
      sizeBytes: 1e9,
    };
  });
}

function signals(now) {
  return Array.from({ length: SIGNALS }, (_, n) => ({
    id: `signal-${n}`,
    title: `Signal ${n}`,
    status: 'ok',
    value: n,
    unit: 'seconds',
    sentence: `Signal ${n} is as it should be: ${n} s, at most 60 s are allowed.`,
    observedAt: now,
  }));
}

async function insert(knex, table, rows) {
  await knex.batchInsert(table, rows, 500);
}

export async function fillOverview(knex, databases) {
  const now = new Date().toISOString();
  for (let from = 0; from < databases; from += 500) {
    const ids = Array.from(
      { length: Math.min(500, databases - from) },
      (_, n) => idOf(from + n),
    );
    await insert(
      knex,
      'health_reports',
      ids.map(id => ({
        database_id: id,
        status: 'healthy',
        sentence: 'Healthy. Every signal is as it should be.',
        since: now,
        observed_at: now,
        interval_seconds: 30,
        signals: JSON.stringify(signals(now)),
      })),
    );
    await insert(
      knex,
      'inventories',
      ids.map(id => ({
        database_id: id,
        observed_at: now,
        read_at: now,
        data: JSON.stringify({
          version: 1,
          databaseId: id,
          engine: 'test',
          observedAt: now,
          backups: backupsOf(id),
          logs: [],
        }),
      })),
    );
    await insert(
      knex,
      'backups',
      ids.flatMap(id =>
        backupsOf(id).map(backup => ({
          database_id: id,
          id: backup.id,
          type: backup.type,
          started_at: backup.startedAt,
          stopped_at: backup.stoppedAt,
          state: backup.state,
          data: JSON.stringify(backup),
        })),
      ),
    );
  }
  await knex.raw('vacuum analyze');
}

export async function openOverview({ knex, load, databases }) {
  const { ConfiguredDatabases, configurationProvider } = load(
    'databases/ConfiguredDatabases.ts',
  );
  const { readSettings } = load('databases/readSettings.ts');
  const { testEngine } = load('__testUtils__/testEngine.ts');
  const { testConfig } = load('__testUtils__/testConfig.ts');
  const { EngineRegistry } = load('../../database-ops-node/src/index.ts');
  const { ConfigReader } = load('../../../node_modules/@backstage/config');
  const { BackupStore } = load('backups/BackupStore.ts');
  const { ProofStore } = load('proofs/ProofStore.ts');
  const { OperationStore } = load('operations/OperationStore.ts');
  const { MaintenanceModes } = load('maintenance/MaintenanceModes.ts');
  const { HealthReportStore } = load('health/HealthReportStore.ts');
  const { FreshnessService } = load('freshness/FreshnessService.ts');
  const { DatabaseViews } = load('databases/DatabaseViews.ts');
  const { AuthorizedDatabases } = load('databases/AuthorizedDatabases.ts');
  const { DatabaseAuthorizer } = load('permissions/DatabaseAuthorizer.ts');
  const { SummaryService } = load('summary/SummaryService.ts');
  const { createObjectives } = load('objectives/createObjectives.ts');

  const logger = { error() {}, warn() {}, info() {}, debug() {} };
  const clock = () => new Date();
  const settings = readSettings(
    new ConfigReader(
      testConfig({
        databases: Object.fromEntries(
          Array.from({ length: databases }, (_, n) => [
            idOf(n),
            {
              title: `Database ${n}`,
              engine: 'test',
              repository: 'main',
              policy: 'standard',
              test: { host: '127.0.0.1' },
            },
          ]),
        ),
      }),
    ),
  );
  const engines = new EngineRegistry();
  engines.addEngine({ engine: testEngine, engineModule: 'test-engine' });
  const catalog = await ConfiguredDatabases.create({
    settings,
    engines,
    logger,
    providers: [configurationProvider(settings.databases)],
  });
  const parts = { knex, clock, logger, settings, databases: catalog };
  const backups = new BackupStore(parts);
  const store = new OperationStore(parts);
  const authorizer = new DatabaseAuthorizer({
    databases: catalog,
    services: [],
    permissions: {
      authorizeConditional: async requests =>
        requests.map(() => ({ result: 'ALLOW' })),
    },
  });
  const authorized = new AuthorizedDatabases({
    databases: catalog,
    authorizer,
    views: new DatabaseViews({
      databases: catalog,
      logger: parts.logger,
      operations: store,
      maintenance: new MaintenanceModes(parts),
      objectives: createObjectives({
        ...parts,
        store,
        backups,
        proofs: new ProofStore(parts),
      }),
      monitoring: {
        health: new HealthReportStore(parts),
        freshness: new FreshnessService({ ...parts, backups }),
        alerts: { countByDatabase: async () => new Map() },
      },
    }),
  });
  const summary = new SummaryService({
    authorized,
    databases: catalog,
    catalog: {},
    owners: { annotatedEntities: () => [], databaseEntities: () => [] },
    operations: store,
  });
  const caller = {
    principal: { type: 'user', userEntityRef: 'user:default/owner' },
  };
  return {
    list: async () => JSON.stringify(await authorized.list(caller, {})),
    summary: async () => JSON.stringify(await summary.get(caller)),
  };
}
