// What the queue and the overview cost with much in them, on PostgreSQL,
// through the plugin's own services: how long an operation waits for its start
// behind a thousand queued ones against an empty queue, and how long the list
// of databases and its summary take at five thousand against fifty.
import { createRequire } from 'node:module';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { repositoryRoot } from '../scripts/lib/tools.mjs';
import { startTestPostgres } from '../scripts/lib/testPostgres.mjs';
import { fillOverview, openOverview } from './operations/overview.mjs';
import { openQueue } from './operations/queue.mjs';

const { values } = parseArgs({
  options: {
    queued: { type: 'string', default: '1000' },
    databases: { type: 'string', default: '5000' },
    runs: { type: 'string', default: '100' },
  },
});
const QUEUED = Number(values.queued);
const DATABASES = Number(values.databases);
const RUNS = Number(values.runs);
const FEW_DATABASES = 50;
const START_LIMIT_MS = 1000;
const OVERVIEW_LIMIT_MS = 50;

const require = createRequire(import.meta.url);
require(
  join(repositoryRoot, 'node_modules/@backstage/cli/config/nodeTransform.cjs'),
);
const backend = join(repositoryRoot, 'plugins/database-ops-backend');
const load = file => require(join(backend, 'src', file));
const Knex = createRequire(join(backend, 'package.json'))('knex');

const pause = milliseconds =>
  new Promise(resolve => setTimeout(resolve, milliseconds));

function statistics(times) {
  const sorted = [...times].sort((a, b) => a - b);
  const at = share =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  return { p50: at(0.5), p95: at(0.95) };
}

function tell(name, { p50, p95 }) {
  console.log(
    `${name.padEnd(56)} p50 ${p50.toFixed(1).padStart(7)} ms  p95 ${p95.toFixed(1).padStart(7)} ms`,
  );
}

async function measure(action, afterwards = async () => {}) {
  const times = [];
  for (let run = 0; run < RUNS; run++) {
    const startedAt = performance.now();
    await action(run);
    times.push(performance.now() - startedAt);
    await afterwards();
    // As people come: not one after the other without a breath.
    await pause(20);
  }
  return statistics(times);
}

async function withDatabase(postgres, name, part) {
  const admin = Knex({ client: 'pg', connection: postgres.url });
  await admin.raw('create database ??', [name]);
  await admin.destroy();
  const url = new URL(postgres.url);
  url.pathname = `/${name}`;
  const knex = Knex({
    client: 'pg',
    connection: url.toString(),
    pool: { min: 1, max: 10 },
  });
  try {
    await knex.migrate.latest({ directory: join(backend, 'migrations') });
    return await part(knex);
  } finally {
    await knex.destroy();
  }
}

/** From the request of an operation to the start of its worker. */
async function enqueueToStart(postgres, queued) {
  return withDatabase(postgres, `queue_${queued}`, async knex => {
    const queue = await openQueue({ knex, load, queued });
    try {
      return await measure(
        run => queue.startOne(run),
        () => queue.settle(),
      );
    } finally {
      await queue.close();
    }
  });
}

async function overview(postgres, databases) {
  return withDatabase(postgres, `overview_${databases}`, async knex => {
    await fillOverview(knex, databases);
    const view = await openOverview({ knex, load, databases });
    await view.list();
    return {
      list: await measure(() => view.list()),
      summary: await measure(() => view.summary()),
    };
  });
}

const directory = await mkdtemp(join(tmpdir(), 'operations-benchmark-'));
const postgres = await startTestPostgres(join(directory, 'postgres'));
try {
  const empty = await enqueueToStart(postgres, 0);
  const full = await enqueueToStart(postgres, QUEUED);
  tell('enqueue to start, empty queue', empty);
  tell(`enqueue to start, ${QUEUED} queued`, full);
  console.log(`ratio of the p95: ${(full.p95 / empty.p95).toFixed(2)}`);

  const few = await overview(postgres, FEW_DATABASES);
  const many = await overview(postgres, DATABASES);
  for (const question of ['list', 'summary']) {
    tell(`${question}, ${FEW_DATABASES} databases`, few[question]);
    tell(`${question}, ${DATABASES} databases`, many[question]);
    console.log(
      `ratio of the p95: ${(many[question].p95 / few[question].p95).toFixed(2)}`,
    );
  }
  const kept =
    full.p95 < START_LIMIT_MS &&
    many.list.p95 < OVERVIEW_LIMIT_MS &&
    many.summary.p95 < OVERVIEW_LIMIT_MS;
  console.log(
    kept
      ? `Kept: start within ${START_LIMIT_MS} ms, overview within ${OVERVIEW_LIMIT_MS} ms.`
      : `Missed: start shall take ${START_LIMIT_MS} ms, overview ${OVERVIEW_LIMIT_MS} ms at most.`,
  );
  process.exitCode = kept ? 0 : 1;
} finally {
  await postgres.stop();
  await rm(directory, { recursive: true, force: true });
}
