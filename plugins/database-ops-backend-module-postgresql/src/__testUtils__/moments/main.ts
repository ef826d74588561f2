// The command behind benchmarks/moments.mjs.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { LocalFleet } from 'local-fleet';
import { fleetTarget } from '../fleetDatabase';
import { endWorkers } from '../endWorkers';
import { runCommand } from '../runCommand';
import { WorkerDriver } from '../WorkerDriver';
import { runMoments } from './MomentRun';

const CHAIN = ['full', 'diff', 'incr', 'incr', 'full', 'diff', 'incr'];

runCommand(async undo => {
  const { values } = parseArgs({
    options: {
      moments: { type: 'string', default: '100' },
      rate: { type: 'string', default: '240' },
      'stage-seconds': { type: 'string', default: '10' },
      parallel: { type: 'string', default: '2' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      directory: { type: 'string' },
    },
  });
  const seed = Number(values.seed);
  const directory =
    values.directory ?? (await mkdtemp(join(tmpdir(), 'moments-')));
  const say = (line: string) => process.stdout.write(`${line}\n`);
  const startedAt = performance.now();
  if (!values.directory) {
    undo(() => rm(directory, { recursive: true, force: true }));
  }
  const fleet = await LocalFleet.temporary({ only: ['s3', 'postgresql'] });
  // Also ends restored servers: they lie in the fleet's folder.
  undo(() => fleet.reset());
  const stateDirectory = join(fleet.context.directory, 'workers');
  await mkdir(stateDirectory, { mode: 0o700 });
  undo(() => endWorkers(stateDirectory));
  await fleet.up();
  const target = await fleetTarget(fleet);
  const logFile = join(directory, `commits-${seed}.log`);
  say(`seed ${seed}; the load writes its commits to ${logFile}`);
  const { results, commits, commitsPerSecond } = await runMoments({
    fleet,
    driver: await WorkerDriver.create({
      target,
      stateDirectory,
    }),
    logFile,
    databaseId: target.database.id,
    moments: Number(values.moments),
    seed,
    ratePerSecond: Number(values.rate),
    stageSeconds: Number(values['stage-seconds']),
    chain: CHAIN,
    parallel: Number(values.parallel),
    say,
  });
  const wrong = results.filter(({ differences }) => differences.length > 0);
  const of = (place: string) =>
    results.filter(result => result.place === place).length;
  const used = new Set(results.map(({ backupId }) => backupId)).size;
  say(
    `${commits} commits, ${commitsPerSecond.toFixed(0)} a second on the slower server; ${results.length} moments: ${of('before')} before the fork, ${of('old')} after it on the old branch, ${of('new')} on the new one, from ${used} backups`,
  );
  say(
    `${results.length - wrong.length} of ${results.length} equal, seed ${seed}, ${((performance.now() - startedAt) / 60_000).toFixed(1)} min`,
  );
  const isLoaded = commitsPerSecond >= 200;
  if (!isLoaded) {
    say('The load was below 200 commits a second: this run counts for less.');
  }
  return wrong.length === 0 && isLoaded ? 0 : 1;
});
