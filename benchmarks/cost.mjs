// What the plugins cost a portal: the same bundle is started with and without
// them, on one running fleet, and its processor time and memory are read from
// /proc over the same number of seconds. Linux only.
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { preparePortal } from '../scripts/lib/bundle.mjs';
import { Portal } from '../scripts/lib/portal.mjs';
import { run } from '../scripts/lib/run.mjs';
import { repositoryRoot, toolEnvironment } from '../scripts/lib/tools.mjs';

const FLEET = [
  'scripts/ts.mjs',
  join('packages', 'local-fleet', 'src', 'cli.ts'),
];

const { values: options } = parseArgs({
  options: {
    directory: { type: 'string' },
    'settle-seconds': { type: 'string', default: '60' },
    'measure-seconds': { type: 'string', default: '120' },
  },
});
const settleSeconds = Number(options['settle-seconds']);
const measureSeconds = Number(options['measure-seconds']);
const ticksPerSecond = Number(
  execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }),
);
const pause = seconds =>
  new Promise(resolve => setTimeout(resolve, seconds * 1000));
const fleet = (...args) =>
  run('node', [...FLEET, ...args], {
    cwd: repositoryRoot,
    env: toolEnvironment(),
  });

/** User and system time of a process and of its ended children, in seconds. */
async function processorSeconds(pid) {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The name may hold spaces: fields are counted after its closing bracket.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = fields
    .slice(11, 15)
    .reduce((sum, each) => sum + Number(each), 0);
  return ticks / ticksPerSecond;
}

async function residentBytes(pid) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)[1]) * 1024;
}

async function measure(portal) {
  await pause(settleSeconds);
  const before = await processorSeconds(portal.pid);
  const memory = [];
  for (let second = 0; second < measureSeconds; second += 5) {
    memory.push(await residentBytes(portal.pid));
    await pause(5);
  }
  const used = (await processorSeconds(portal.pid)) - before;
  memory.sort((a, b) => a - b);
  return {
    corePercent: (100 * used) / measureSeconds,
    residentMiB: memory[Math.floor(memory.length / 2)] / 2 ** 20,
  };
}

/**
 * The same bundle whose backend does not add the plugins. Its permission policy
 * still loads their code for the conditions, so memory is compared a little in
 * the plugins' favour.
 */
async function withoutPlugins(bundle, folder) {
  await cp(bundle, folder, { recursive: true, verbatimSymlinks: true });
  const entry = join(folder, 'packages', 'backend', 'dist', 'index.cjs.js');
  const lines = (await readFile(entry, 'utf8')).split('\n');
  const kept = lines.filter(
    line => !line.includes('backstage-plugin-database-ops'),
  );
  if (kept.length === lines.length) {
    throw new Error(`${entry} names no plugin of this repository`);
  }
  await writeFile(entry, kept.join('\n'));
  return folder;
}

const scratch = await mkdtemp(join(tmpdir(), 'database-ops-cost-'));
const directory = options.directory ?? join(scratch, 'fleet');
const fleetFile = join(scratch, 'app-config.fleet.yaml');
const bundle = await preparePortal({ log: console.log });
// Beside the bundle, so that both find the repository's node_modules.
const bare = `${bundle}.without`;
try {
  await fleet('up', '--directory', directory);
  await fleet('configuration', fleetFile, '--directory', directory);
  await withoutPlugins(bundle, bare);
  const results = {};
  for (const [side, folder, usablePath] of [
    ['without', bare, '/api/catalog/entities?limit=1'],
    ['with', bundle, undefined],
  ]) {
    const portal = await Portal.start({
      stateDirectory: join(scratch, side),
      configFiles: [fleetFile],
      bundle: folder,
      usablePath,
    });
    try {
      results[side] = await measure(portal);
    } finally {
      await portal.stop();
    }
  }
  const { with: plus, without: minus } = results;
  console.log('portal     % of a core    MiB resident');
  for (const side of ['without', 'with']) {
    const { corePercent, residentMiB } = results[side];
    console.log(
      `${side.padEnd(9)} ${corePercent.toFixed(1).padStart(12)} ${residentMiB.toFixed(0).padStart(15)}`,
    );
  }
  console.log(
    `the plugins: ${(plus.corePercent - minus.corePercent).toFixed(1)} % of a core, ${(plus.residentMiB - minus.residentMiB).toFixed(0)} MiB; ratio ${(plus.corePercent / minus.corePercent).toFixed(2)} and ${(plus.residentMiB / minus.residentMiB).toFixed(2)}`,
  );
} finally {
  if (!options.directory) await fleet('reset', '--directory', directory);
  await rm(bare, { recursive: true, force: true });
  await rm(scratch, { recursive: true, force: true });
}
