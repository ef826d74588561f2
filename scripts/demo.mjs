// `npm run demo`: sets up what is missing, starts real servers on loopback and
// a portal that shows them, prints the address, and ends all of it with Ctrl-C.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { repositoryRoot } from './lib/tools.mjs';

const USAGE = `usage: npm run demo -- [options]
  --only <groups>   start only these groups of the fleet, separated by commas
  --no-fleet        start no servers; the portal shows what .fleet describes
  --directory <folder> the fleet's folder (.fleet)
  --no-load         write nothing into the databases
  --port <port>     the portal's port (7007)`;

const FLEET_CLI = join('packages', 'local-fleet', 'src', 'cli.ts');
/** Gentle: enough for panels to move, little enough for a laptop. */
const LOAD_PER_SECOND = 5;

function parseOptions() {
  try {
    const { values } = parseArgs({
      options: {
        only: { type: 'string' },
        directory: { type: 'string', default: join(repositoryRoot, '.fleet') },
        'no-fleet': { type: 'boolean', default: false },
        'no-load': { type: 'boolean', default: false },
        port: { type: 'string', default: '7007' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) {
      console.log(USAGE);
      process.exit(0);
    }
    return values;
  } catch (error) {
    console.error(`${error.message}\n${USAGE}`);
    process.exit(2);
  }
}

const options = parseOptions();
const fleetFolder = resolve(options.directory);
const fleetConfiguration = join(fleetFolder, 'app-config.fleet.yaml');
const where = ['--directory', fleetFolder];
const startedAt = Date.now();
const children = new Set();
let portal;
let load;
let fleetStarted = false;
let stopping = false;

const seconds = since => ((Date.now() - since) / 1000).toFixed(1);

/** Runs a script of this repository in a group of its own, so that Ctrl-C reaches only us. */
function script(args, { quiet = false } = {}) {
  const child = spawn(process.execPath, args, {
    cwd: repositoryRoot,
    detached: true,
    stdio: [
      'ignore',
      quiet ? 'ignore' : 'inherit',
      quiet ? 'ignore' : 'inherit',
    ],
  });
  children.add(child);
  const ended = new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      children.delete(child);
      if (code === 0 || stopping) {
        resolve();
      } else {
        reject(
          new Error(
            `'node ${args.join(' ')}' ended with ${signal ?? `exit code ${code}`}`,
          ),
        );
      }
    });
  });
  return { child, ended };
}

const fleet = (...args) => script(['scripts/ts.mjs', FLEET_CLI, ...args]).ended;

async function timed(name, work) {
  const since = Date.now();
  const result = await work();
  console.log(`${name}: ${seconds(since)} s`);
  return result;
}

async function startFleet(only) {
  fleetStarted = true;
  await timed('fleet up', () =>
    fleet('up', '--configuration', fleetConfiguration, ...where, ...only),
  );
}

async function untilWritten(file) {
  while (!stopping && !existsSync(file)) {
    await new Promise(resolve => setTimeout(resolve, 200));
  }
}

async function start() {
  await timed('set-up', () => script(['scripts/setup.mjs']).ended);
  // After the set-up: these need what it installs.
  const { preparePortal } = await import('./lib/bundle.mjs');
  const { Portal } = await import('./lib/portal.mjs');
  const only = options.only ? ['--only', options.only] : [];
  await rm(fleetConfiguration, { force: true });
  const servers = options['no-fleet']
    ? fleet('configuration', fleetConfiguration, ...where, ...only)
    : startFleet(only);
  // Awaited below; told at once, for the portal may take a while yet.
  servers.catch(error =>
    console.error(`The servers did not all start: ${error.message}`),
  );
  const [bundle] = await Promise.all([
    timed('portal built', () => preparePortal({ log: console.log })),
    // The slower servers go on starting beside the portal.
    Promise.race([servers, untilWritten(fleetConfiguration)]),
  ]);
  if (stopping) {
    return;
  }
  portal = await timed('portal started', () =>
    Portal.start({
      bundle,
      stateDirectory: join(fleetFolder, 'portal'),
      configFiles: [fleetConfiguration],
      port: Number(options.port),
    }),
  );
  console.log(
    `\nThe portal can be used after ${seconds(startedAt)} s: ${portal.url}/databases`,
  );
  await servers;
  if (stopping) {
    return;
  }
  if (!options['no-fleet'] && !options['no-load']) {
    load = script(
      [
        'scripts/ts.mjs',
        FLEET_CLI,
        'load',
        '--rate',
        String(LOAD_PER_SECOND),
        ...where,
        ...only,
      ],
      { quiet: true },
    );
    load.ended.catch(error =>
      console.error(`The load on the fleet has ended: ${error.message}`),
    );
  }
  console.log(`
All servers run after ${seconds(startedAt)} s; the portal: ${portal.url}/databases
  Choose a role there: owner runs things, viewer looks, approver looks and audits.
  In a shell: make login, then make status, make backup-ts, make help.
  Stop something and watch: yarn fleet stop fleet-pg-2
Ctrl-C ends all of it.
`);
}

async function stop(exitCode) {
  if (stopping) {
    return;
  }
  stopping = true;
  console.log(
    '\nStopping the portal and the fleet; this takes up to half a minute',
  );
  const since = Date.now();
  for (const child of children) {
    child.kill('SIGTERM');
  }
  await portal?.stop();
  if (fleetStarted) {
    const down = spawn(
      process.execPath,
      ['scripts/ts.mjs', FLEET_CLI, 'down', ...where],
      {
        cwd: repositoryRoot,
        detached: true,
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    );
    const code = await new Promise(resolve => down.once('exit', resolve));
    if (code !== 0) {
      console.error('The fleet did not stop; run: yarn fleet down');
      process.exit(1);
    }
  }
  console.log(`Everything has ended (${seconds(since)} s).`);
  process.exit(exitCode);
}

process.on('SIGINT', () => stop(0));
process.on('SIGTERM', () => stop(0));
process.on('SIGHUP', () => stop(0));

try {
  await start();
  // The servers are not our children; this keeps us here until a signal.
  setInterval(() => {
    if (!stopping && portal && !portal.running) {
      console.error(`The portal has ended; its log: ${portal.logFile}`);
      stop(1);
    }
  }, 1000);
} catch (error) {
  if (!stopping) {
    console.error(error.message);
    await stop(1);
  }
}
