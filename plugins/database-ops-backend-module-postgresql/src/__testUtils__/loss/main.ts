// The command behind benchmarks/rpo.mjs.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Inventory } from 'backstage-plugin-database-ops-node';
import { LocalFleet } from 'local-fleet';
import { parseInstant } from '../../wal/instant';
import { fleetTarget, withAdmin } from '../fleetDatabase';
import { WorkerDriver } from '../WorkerDriver';
import { MomentLoad, readContent } from '../moments/MomentLoad';
import { MomentHistory, MomentLog } from '../moments/MomentLog';
import { connectTo } from '../moments/MomentRun';
import { RawPgBackRest } from '../comparison/RawPgBackRest';
import { endWorkers } from '../endWorkers';
import { runCommand } from '../runCommand';
import { tableOf } from '../tableOf';

const BRANCH = '1';
const RPO_SECONDS_LIMIT = 60;
const SILENCE_SECONDS_LIMIT = 180;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    'load-seconds': { type: 'string', default: '60' },
    rate: { type: 'string', default: '240' },
  },
});
const say = (line: string) => process.stdout.write(`${line}\n`);

interface Stage {
  readonly fleet: LocalFleet;
  readonly driver: WorkerDriver;
  readonly raw: RawPgBackRest;
  readonly directory: string;
}

/** One commit, then silence: how long it is in no archive. */
async function afterSilence({ fleet, driver }: Stage): Promise<number> {
  const committedAt = await withAdmin(fleet, async client => {
    await client.query("INSERT INTO app.canary (token) VALUES ('alone')");
    const { rows } = await client.query<{ at: string }>(
      `SELECT to_char(timestamp AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at FROM pg_last_committed_xact()`,
    );
    return parseInstant(rows[0].at)!;
  });
  for (;;) {
    // Its arrival is told to a tenth of a second; that it is restorable, by an inventory.
    const { rows } = await withAdmin(fleet, client =>
      client.query<{ at: string | null; wal: string | null }>(
        `SELECT last_archived_wal AS wal, (extract(epoch FROM last_archived_time) * 1000000)::bigint::text AS at FROM pg_stat_archiver`,
      ),
    );
    const arrivedAt = Number(rows[0].at ?? 0);
    if (arrivedAt > committedAt) {
      const { result } = await driver.succeed({ kind: 'inventory' });
      const last = (result.inventory as unknown as Inventory).logs.at(-1);
      if (
        last?.lastCommitAt !== undefined &&
        parseInstant(last.lastCommitAt)! >= committedAt
      ) {
        return (arrivedAt - committedAt) / 1_000_000;
      }
    }
    if (Date.now() * 1000 - committedAt > SILENCE_SECONDS_LIMIT * 1_000_000) {
      throw new Error(
        `A single commit was not in the archive after ${SILENCE_SECONDS_LIMIT} s.`,
      );
    }
    await sleep(100);
  }
}

/** The primary and its disk are lost under load; what can be restored is compared with what was committed. */
async function underLoad(
  { fleet, driver, raw, directory }: Stage,
  round: number,
): Promise<{
  readonly rpo: number;
  readonly rto: number;
  readonly rtoByHand: number;
  readonly megabytesPerSecond: number;
  readonly isEqual: boolean;
}> {
  const log = new MomentLog(join(directory, `commits-${round}.log`));
  const load = await MomentLoad.start({
    connect: () => connectTo(fleet, 'fleet-pg-1'),
    log,
    branch: BRANCH,
    ratePerSecond: Number(values.rate),
    writers: 4,
    seed: round,
  });
  // At any point between two switches of the log.
  await sleep(
    Number(values['load-seconds']) * 1000 + ((round * 7_300) % 30_000),
  );
  const lostAt = Date.now() * 1000;
  await fleet.member('fleet-pg-1').stop({ force: true });
  await load.stop().catch((error: unknown) => {
    say(`the load ended with its server: ${String(error)}`);
  });
  await log.close();
  try {
    const { outcome, reference, seconds } = await driver.restore({
      kind: 'latest',
    });
    const found = await withAdmin(fleet, readContent, {
      port: outcome.connection.port!,
    });
    await driver.discard(reference);
    const byHand = await raw.restore();
    const opened = await raw.open(byHand.directory, port =>
      withAdmin(fleet, readContent, { port }),
    );
    const history = await MomentHistory.read(log.file, []);
    const last = history
      .of(BRANCH)
      .filter(
        ({ writer, sequence }) => sequence <= (found.commits.get(writer) ?? 0),
      )
      .reduce((newest, { committedAt }) => Math.max(newest, committedAt), 0);
    if (last === 0) {
      throw new Error(
        'Nothing of this load was restored: it was shorter than archive_timeout. Give more --load-seconds.',
      );
    }
    const measured = outcome.facts.measured as {
      fetchBytes: number;
      fetchSeconds: number;
    };
    return {
      rpo: (lostAt - last) / 1_000_000,
      rto: seconds,
      rtoByHand: byHand.seconds + opened.secondsToFirstQuery,
      megabytesPerSecond: measured.fetchBytes / 1e6 / measured.fetchSeconds,
      isEqual:
        opened.found.canaryDigest === found.canaryDigest &&
        opened.found.contentDigest === found.contentDigest,
    };
  } finally {
    await fleet.member('fleet-pg-1').start();
  }
}

/** A line of the table: median and worst. */
function rowOf(what: string, numbers: readonly number[]): readonly string[] {
  const sorted = [...numbers].sort((a, b) => a - b);
  return [
    what,
    sorted[Math.floor(sorted.length / 2)].toFixed(1),
    sorted.at(-1)!.toFixed(1),
  ];
}

runCommand(async undo => {
  const fleet = await LocalFleet.temporary({ only: ['s3', 'postgresql'] });
  // Also ends restored servers: they lie in the fleet's folder.
  undo(() => fleet.reset());
  const stateDirectory = join(fleet.context.directory, 'workers');
  await mkdir(stateDirectory, { mode: 0o700 });
  undo(() => endWorkers(stateDirectory));
  await fleet.up();
  const directory = join(fleet.context.directory, 'loss');
  await mkdir(directory, { mode: 0o700 });
  const target = await fleetTarget(fleet);
  const raw = new RawPgBackRest({
    target,
    fleet,
    folder: fleet.context.directory,
  });
  undo(() => raw.stop());
  const stage: Stage = {
    fleet,
    directory,
    driver: await WorkerDriver.create({
      target,
      stateDirectory,
    }),
    raw,
  };
  await MomentLoad.prepare(() => connectTo(fleet, 'fleet-pg-1'));
  await stage.driver.succeed({
    kind: 'backup',
    parameters: { type: 'full' },
  });
  const rounds = Array.from({ length: Number(values.rounds) }, (_, n) => n);
  const silence: number[] = [];
  for (const round of rounds) {
    // Not in step with the server's own clock.
    await sleep(1000 + ((round * 4_700) % 11_000));
    silence.push(await afterSilence(stage));
    say(`a single commit: ${silence.at(-1)!.toFixed(1)} s`);
  }
  const losses = [];
  for (const round of rounds) {
    const loss = await underLoad(stage, round);
    losses.push(loss);
    say(
      `lost under load: RPO ${loss.rpo.toFixed(1)} s, RTO ${loss.rto.toFixed(1)} s, by hand ${loss.rtoByHand.toFixed(1)} s, content ${loss.isEqual ? 'equal' : 'DIFFERENT'}`,
    );
  }
  const underLoadRpo = losses.map(({ rpo }) => rpo);
  const rates = losses.map(({ megabytesPerSecond }) => megabytesPerSecond);
  say('');
  tableOf([
    [`${rounds.length} rounds`, 'median', 'worst'],
    rowOf('RPO after a single commit and silence, s', silence),
    rowOf('RPO under load, s', underLoadRpo),
    rowOf(
      'RTO through the worker (from TypeScript), verified, s',
      losses.map(({ rto }) => rto),
    ),
    rowOf(
      'the same by hand, to the first query, s',
      losses.map(({ rtoByHand }) => rtoByHand),
    ),
    // The least of them is the worst.
    ['files fetched, MB/s', rowOf('', rates)[1], Math.min(...rates).toFixed(1)],
  ]).forEach(say);
  const worst = Math.max(...silence, ...underLoadRpo);
  const kept =
    worst <= RPO_SECONDS_LIMIT && losses.every(({ isEqual }) => isEqual);
  say(
    kept
      ? `Kept: ${RPO_SECONDS_LIMIT} s.`
      : `Missed: RPO shall be ${RPO_SECONDS_LIMIT} s at most, and both ways shall restore the same.`,
  );
  return kept ? 0 : 1;
});
