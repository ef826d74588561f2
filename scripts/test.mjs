// `npm test`: sets up, then runs every part of the suite one after the other,
// prints each part's minutes and, last, how many tests passed and failed.
// `--only unit,e2e` runs some parts, `--long` the long ones as well.
import { chmod, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { adoptBuild } from './lib/bundle.mjs';
import { repositoryRoot, toolEnvironment } from './lib/tools.mjs';
import { run } from './lib/run.mjs';
import { startTestPostgres } from './lib/testPostgres.mjs';

/** Minutes that all parts together may take on two cores with a warm set-up. */
const BUDGET_MINUTES = 20;

/** Every package's tests by one Jest; patient, for machines that do other things too. */
const REPO_TEST = [
  'backstage-cli',
  'repo',
  'test',
  '--watchAll=false',
  '--testTimeout=60000',
];

/** A week of schedules, which the unit tests play with a tenth of the databases. */
const WEEK_TEST = [
  ...REPO_TEST,
  '--testPathPatterns',
  '/week\\.simulation\\.test\\.ts$',
];

/**
 * Tests with real servers mostly wait: more files at a time than cores. A file
 * has its fleet to itself; the next one of that Jest worker takes it over.
 */
const SERVER_WORKERS = Math.min(4, Math.ceil(availableParallelism() * 1.5));
const FLEET_CLI = 'packages/local-fleet/src/cli.ts';

const results = [];
const scratch = await mkdtemp(join(tmpdir(), 'database-ops-test-'));

const PARTS = [
  {
    name: 'set-up',
    always: true,
    run: () => step('node', ['scripts/setup.mjs']),
  },
  { name: 'format', run: () => yarn('format:check') },
  { name: 'lint', run: () => yarn('lint') },
  // The API reports name the members of a union in the order in which the
  // compiler met them, which only a compilation from nothing makes the same.
  { name: 'types', run: () => yarn('tsc', '--incremental', 'false') },
  { name: 'monitoring', run: () => step('node', ['monitoring/check.mjs']) },
  {
    name: 'unit',
    run: () => withPostgres(env => jest('unit', unitArguments(), env)),
  },
  {
    name: 'build',
    run: async () => {
      await yarn('build:all');
      await adoptBuild();
    },
  },
  { name: 'api-reports', run: () => yarn('build:api-reports', '--ci') },
  { name: 'dead-code', run: () => yarn('knip') },
  {
    name: 'integration',
    run: () =>
      withFleets(fleets =>
        withPostgres(env =>
          jest('integration', serverArguments('integration'), {
            ...env,
            ...fleets,
          }),
        ),
      ),
  },
  { name: 'packed', run: () => step('node', ['scripts/packed.mjs']) },
  {
    name: 'e2e',
    run: () => withFleets(fleets => jest('e2e', endToEndArguments(), fleets)),
  },
  {
    name: 'long',
    long: true,
    run: () =>
      withPostgres(async env => {
        await jest('long', serverArguments('long'), env);
        await jest('week', WEEK_TEST, {
          ...env,
          SIMULATED_DATABASES: process.env.SIMULATED_DATABASES ?? '200',
          SIMULATION_FACTS: '1',
        });
      }),
  },
];

const options = parseOptions(process.argv.slice(2));

function parseOptions(args) {
  const only = args.includes('--only')
    ? (args[args.indexOf('--only') + 1] ?? '').split(',')
    : undefined;
  const unknown =
    only?.filter(name => !PARTS.map(part => part.name).includes(name)) ?? [];
  if (unknown.length > 0) {
    console.error(
      `No part is called ${unknown.join(', ')}; there are ${PARTS.map(part => part.name).join(', ')}.`,
    );
    process.exit(2);
  }
  return { only, long: args.includes('--long') };
}

function unitArguments() {
  return [
    ...REPO_TEST,
    '--testPathIgnorePatterns',
    '/node_modules/',
    '/dist',
    '\\.(integration|e2e|long)\\.test\\.tsx?$',
  ];
}

function serverArguments(kind) {
  return [
    ...REPO_TEST,
    `--maxWorkers=${SERVER_WORKERS}`,
    '--testPathPatterns',
    `\\.${kind}\\.test\\.tsx?$`,
  ];
}

function endToEndArguments() {
  return ['test:e2e', `--maxWorkers=${SERVER_WORKERS}`];
}

async function step(command, args, env = {}) {
  await run(command, args, {
    cwd: repositoryRoot,
    env: { ...toolEnvironment(), ...env },
  });
}

function yarn(...args) {
  return step('yarn', ['run', ...args]);
}

async function withPostgres(part) {
  const postgres = await startTestPostgres(join(scratch, 'postgres'));
  try {
    await part({
      BACKSTAGE_TEST_DATABASE_POSTGRES18_CONNECTION_STRING: postgres.url,
      BACKSTAGE_TEST_DISABLE_DOCKER: '1',
    });
  } finally {
    await postgres.stop();
  }
}

/** Servers that test files hand on to each other, ended with the part. */
async function withFleets(part) {
  const folder = await mkdtemp(join(tmpdir(), 'fleets-'));
  // Servers run as another account where this is root's.
  await chmod(folder, 0o755);
  try {
    await part({ TEST_FLEETS: folder });
  } finally {
    const resets = [];
    for (const name of await readdir(folder)) {
      const where = ['--directory', join(folder, name)];
      const reset = step('node', [
        'scripts/ts.mjs',
        FLEET_CLI,
        'reset',
        ...where,
      ]);
      resets.push(...(await Promise.allSettled([reset])));
    }
    const failure = resets.find(({ status }) => status === 'rejected');
    if (failure) throw failure.reason;
    await rm(folder, { recursive: true, force: true });
  }
}

async function jest(name, args, env = {}) {
  const outputFile = join(scratch, `${name}.json`);
  let ran = 0;
  try {
    await step(
      'yarn',
      ['run', ...args, '--json', `--outputFile=${outputFile}`],
      env,
    );
  } finally {
    if (existsSync(outputFile)) {
      const report = JSON.parse(await readFile(outputFile, 'utf8'));
      ran = report.numPassedTests;
      passed += report.numPassedTests;
      failed += report.numFailedTests + report.numRuntimeErrorTestSuites;
    }
  }
  if (ran === 0) {
    throw new Error(`The part ${name} ran no test.`);
  }
}

let passed = 0;
let failed = 0;
let interrupted = false;
// The tests get it too; what they leave is ended before this ends.
process.once('SIGINT', () => {
  interrupted = true;
});
const startedAt = Date.now();
for (const part of PARTS) {
  const wanted = options.only
    ? part.always || options.only.includes(part.name)
    : !part.long || options.long;
  if (!wanted) continue;
  console.log(`\n== ${part.name}`);
  const partStartedAt = Date.now();
  const failedBefore = failed;
  let error;
  try {
    await part.run();
  } catch (thrown) {
    error = thrown;
    console.error(`${part.name}: ${thrown.message}`);
    if (failed === failedBefore) failed += 1;
  }
  results.push({
    name: part.name,
    error,
    minutes: (Date.now() - partStartedAt) / 60_000,
  });
  // Nothing after the set-up can run without it.
  if (interrupted || (error && part.always)) break;
}
await rm(scratch, { recursive: true, force: true });

const minutes = (Date.now() - startedAt) / 60_000;
console.log('\npart           minutes');
for (const result of results) {
  console.log(
    `${result.name.padEnd(14)} ${result.minutes.toFixed(1).padStart(7)}${result.error ? '  failed' : ''}`,
  );
}
console.log(
  `${'all'.padEnd(14)} ${minutes.toFixed(1).padStart(7)}  (budget ${BUDGET_MINUTES}, set-up included when warm)`,
);
console.log(`\n${passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
