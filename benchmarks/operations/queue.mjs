// A portal replica with a queue that cannot move: its repository's places are
// taken by operations that never end. What is measured goes to another one.
const databaseOf = (id, repository) => ({
  engine: 'test',
  repository,
  test: { host: '127.0.0.1' },
  title: id,
});
const repository = {
  endpoint: 'https://127.0.0.1:1',
  bucket: 'backups',
  accessKeyId: 'key',
  secretAccessKey: 'secret',
};
const by = key => ({ requestedBy: 'user:default/owner', idempotencyKey: key });

export async function openQueue({ knex, load, queued }) {
  const { wireStack } = load('__testUtils__/wireStack.ts');
  const { MemoryExecutor } = load('__testUtils__/MemoryExecutor.ts');
  const { testEngine, testBackupResult } = load('__testUtils__/testEngine.ts');
  const { engineRegistry } = await silentServices(load);
  engineRegistry.addEngine({ engine: testEngine, engineModule: 'test-engine' });
  const executor = new MemoryExecutor();
  const waiting = Array.from({ length: queued }, (_, n) => `waiting-${n}`);
  const stack = await wireStack({
    knex,
    executor,
    engines: engineRegistry,
    clock: () => new Date(),
    config: {
      repositories: { busy: repository, free: repository },
      databases: Object.fromEntries([
        ...waiting.map(id => [id, databaseOf(id, 'busy')]),
        ['measured', databaseOf('measured', 'free')],
      ]),
    },
    services: (await silentServices(load)).services,
  });
  stack.dispatcher.start();
  for (const databaseId of waiting) {
    await stack.service.request(
      { databaseId, kind: 'backup' },
      by(`${databaseId}-key`),
    );
  }

  const until = async satisfied => {
    while (!(await satisfied())) {
      await new Promise(resolve => setTimeout(resolve, 2));
    }
  };
  let last;
  return {
    async startOne(run) {
      const { id } = await stack.service.request(
        { databaseId: 'measured', kind: 'backup' },
        by(`measured-${run}`),
      );
      await until(async () => executor.workers.has(id));
      executor.end(id, testBackupResult('measured'));
      // Not measured with the next one: one of a kind at a time.
      last = until(
        async () => (await stack.store.get(id)).state === 'succeeded',
      );
    },
    async settle() {
      await last;
    },
    async close() {
      await last;
      await stack.dispatcher.stop();
    },
  };
}

async function silentServices(load) {
  const { EngineRegistry } = load('../../database-ops-node/src/index.ts');
  const logger = {
    error: message => console.error(message),
    warn: () => {},
    info: () => {},
    debug: () => {},
    child: () => logger,
  };
  const event = { success: async () => {}, fail: async () => {} };
  return {
    engineRegistry: new EngineRegistry(),
    services: {
      logger,
      auditor: { createEvent: async () => event },
      auth: {},
      catalog: {},
      signals: { publish: async () => {} },
      notifications: { send: async () => {} },
    },
  };
}
