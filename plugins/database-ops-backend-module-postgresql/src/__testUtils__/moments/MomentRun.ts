import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Inventory } from 'backstage-plugin-database-ops-node';
import { RecoveryInterval } from 'backstage-plugin-database-ops-common';
import { LocalFleet } from 'local-fleet';
import { Client } from 'pg';
import { engine } from '../../engine';
import { formatInstant, parseInstant } from '../../wal/instant';
import { withAdmin } from '../fleetDatabase';
import { WorkerDriver } from '../WorkerDriver';
import { endSegment } from '../segments';
import { forkOf, MomentLoad, readContent } from './MomentLoad';
import { LoggedFork, MomentHistory, MomentLog } from './MomentLog';
import { randomNumbers } from './randomNumbers';

type Member = 'fleet-pg-1' | 'fleet-pg-2';

const WRITERS = 4;
const OLD_BRANCH = '1';
const NEW_BRANCH = '2';
const ARCHIVE_SECONDS = 120;
/** See {@link MomentHistory.isNear}. */
const NEAR_MICROSECONDS = 200;
/** Of ten moments: three after the fork on each branch, four before it. */
const TURNS = [
  'before',
  'new',
  'old',
  'before',
  'new',
  'before',
  'old',
  'new',
  'before',
  'old',
] as const;

export interface MomentOptions {
  readonly fleet: LocalFleet;
  readonly driver: WorkerDriver;
  /** Where the load writes down what it committed. */
  readonly logFile: string;
  readonly databaseId: string;
  readonly moments: number;
  readonly seed: number;
  readonly ratePerSecond: number;
  /** Of load between two backups. */
  readonly stageSeconds: number;
  readonly chain: readonly string[];
  /** Restores at the same time. */
  readonly parallel: number;
  readonly say: (line: string) => void;
}

/** One moment that was asked for, and what came of it. */
export interface MomentResult {
  readonly number: number;
  readonly time: string;
  readonly timeline: number;
  readonly place: (typeof TURNS)[number];
  readonly backupId: string;
  readonly commits: number;
  readonly seconds: number;
  /** What differs from the load's record; empty when nothing does. */
  readonly differences: readonly string[];
}

export interface MomentSummary {
  readonly commits: number;
  readonly commitsPerSecond: number;
  readonly backups: readonly { readonly id: string; readonly type: string }[];
  readonly results: readonly MomentResult[];
}

/**
 * Writes history under load (chains of backups, a failover after which both
 * servers go on for a while, a backup of the new primary), then restores
 * random moments of it through real workers and compares each with what the
 * load wrote down.
 */
export async function runMoments(
  options: MomentOptions,
): Promise<MomentSummary> {
  const log = new MomentLog(options.logFile);
  const loads: MomentLoad[] = [];
  try {
    const written = await writeHistory(options, log, loads);
    await log.close();
    const history = await MomentHistory.read(options.logFile, [written.fork]);
    return {
      ...written,
      results: await restoreMoments(options, { ...written, history }),
    };
  } finally {
    // What failed has been told: sessions must not outlive it.
    await Promise.allSettled(loads.map(load => load.stop()));
  }
}

interface Written extends Omit<MomentSummary, 'results'> {
  readonly fork: LoggedFork;
  readonly inventory: Inventory;
}

/** @param loads - filled with what it starts */
async function writeHistory(
  options: MomentOptions,
  log: MomentLog,
  loads: MomentLoad[],
): Promise<Written> {
  const { fleet, driver, say } = options;
  const connect = (member: Member) => () => connectTo(fleet, member);
  const backups: { id: string; type: string }[] = [];
  const start = async (member: Member, branch: string) => {
    const load = await MomentLoad.start({
      connect: connect(member),
      log,
      branch,
      ratePerSecond: options.ratePerSecond,
      writers: WRITERS,
      seed: options.seed,
    });
    loads.push(load);
    return load;
  };
  const backup = async (type: string) => {
    const { result, seconds } = await driver.succeed({
      kind: 'backup',
      parameters: { type },
    });
    const made = result.backup as { id: string; type: string };
    backups.push(made);
    say(`${made.type} backup ${made.id} under load, ${seconds.toFixed(1)} s`);
  };
  const stage = () => sleep(options.stageSeconds * 1000);

  await MomentLoad.prepare(connect('fleet-pg-1'));
  const old = await start('fleet-pg-1', OLD_BRANCH);
  for (const type of options.chain) {
    await backup(type);
    await stage();
  }
  // Two servers of one stanza that both go on: what no restore may mix up.
  const fork = await promoteStandby(fleet);
  const renewed = await start('fleet-pg-2', NEW_BRANCH);
  await stage();
  const atOld = await old.stop();
  await archived(options, 'fleet-pg-1');
  await fleet.member('fleet-pg-1').stop();
  say(
    'fleet-pg-2 was promoted, fleet-pg-1 went on for a while and was stopped',
  );
  await backup('incr');
  await stage();
  const atNew = await renewed.stop();
  return {
    fork,
    backups,
    inventory: await archived(options, 'fleet-pg-2'),
    commits: atOld.commits + atNew.commits,
    commitsPerSecond: Math.min(atOld.perSecond, atNew.perSecond),
  };
}

async function promoteStandby(fleet: LocalFleet): Promise<LoggedFork> {
  const client = await connectTo(fleet, 'fleet-pg-2');
  try {
    await client.query('SELECT pg_promote()');
    return await forkOf(client, NEW_BRANCH, OLD_BRANCH);
  } finally {
    await client.end();
  }
}

export async function connectTo(
  fleet: LocalFleet,
  member: Member,
): Promise<Client> {
  const client = new Client({
    host: '127.0.0.1',
    port: await fleet.context.port(member),
    database: 'app',
    user: 'dbops_admin',
    password: await fleet.context.secret('pg-dbops_admin'),
    ssl: { ca: await readFile(fleet.context.caFile, 'utf8') },
  });
  // A server that is stopped ends its idle sessions; the next statement tells.
  client.on('error', () => {});
  await client.connect();
  return client;
}

/** Ends the segment and gives the inventory that has it. */
async function archived(
  { fleet, driver }: MomentOptions,
  member: Member,
): Promise<Inventory> {
  const client = await connectTo(fleet, member);
  let name: string;
  try {
    name = await endSegment(client);
  } finally {
    await client.end();
  }
  for (const until = Date.now() + ARCHIVE_SECONDS * 1000; Date.now() < until;) {
    const { result } = await driver.succeed({ kind: 'inventory' });
    const inventory = result.inventory as unknown as Inventory;
    const isThere = inventory.logs.some(
      ({ from, to }) =>
        from.slice(0, 8) === name.slice(0, 8) && from <= name && name <= to,
    );
    if (isThere) {
      return inventory;
    }
    await sleep(1000);
  }
  throw new Error(
    `Segment ${name} of ${member} did not reach the archive within ${ARCHIVE_SECONDS} s.`,
  );
}

interface Known {
  readonly history: MomentHistory;
  readonly inventory: Inventory;
}

interface Wanted {
  readonly number: number;
  readonly at: number;
  readonly timeline: number;
  readonly place: (typeof TURNS)[number];
}

async function restoreMoments(
  options: MomentOptions,
  known: Known,
): Promise<readonly MomentResult[]> {
  const wanted = chooseMoments(options, known);
  const results: MomentResult[] = [];
  const work = async () => {
    for (let next = wanted.shift(); next; next = wanted.shift()) {
      const result = await restoreMoment(options, known, next);
      results.push(result);
      options.say(lineOf(result));
    }
  };
  await Promise.all(Array.from({ length: options.parallel }, work));
  return results.sort((a, b) => a.number - b.number);
}

/** Random moments of what the window claims. */
function chooseMoments(
  { databaseId, moments, seed }: MomentOptions,
  { history, inventory }: Known,
): Wanted[] {
  const random = randomNumbers(seed);
  const { intervals } = engine.describe.recoveryWindow(databaseId, inventory);
  const claimed = (timeline: number) =>
    intervals.filter(
      each => each.kind === 'claimed' && each.timeline === timeline,
    );
  const forkAt = Math.min(
    ...claimed(2).map(({ from }) => parseInstant(from.time)!),
  );
  const parts: Record<Wanted['place'], { timeline: number; spans: Span[] }> = {
    before: { timeline: 1, spans: spansOf(claimed(1), 0, forkAt) },
    old: { timeline: 1, spans: spansOf(claimed(1), forkAt, Infinity) },
    new: { timeline: 2, spans: spansOf(claimed(2), forkAt, Infinity) },
  };
  return Array.from({ length: moments }, (_, number) => {
    const place = TURNS[number % TURNS.length];
    const { timeline, spans } = parts[place];
    for (;;) {
      const at = pick(spans, random(), place);
      if (!history.isNear(String(timeline), at, NEAR_MICROSECONDS)) {
        return { number: number + 1, at, timeline, place };
      }
    }
  });
}

type Span = readonly [from: number, to: number];

function spansOf(
  intervals: readonly RecoveryInterval[],
  notBefore: number,
  notAfter: number,
): Span[] {
  return intervals.flatMap(({ from, to }) => {
    const span: Span = [
      Math.max(parseInstant(from.time)!, notBefore),
      Math.min(parseInstant(to.time)!, notAfter),
    ];
    return span[1] > span[0] ? [span] : [];
  });
}

function pick(spans: readonly Span[], share: number, place: string): number {
  const length = spans.reduce((sum, [from, to]) => sum + to - from, 0);
  let rest = share * length;
  for (const [from, to] of spans) {
    if (rest <= to - from) {
      return Math.round(from + rest);
    }
    rest -= to - from;
  }
  throw new Error(`The window claims no moment '${place}' the fork.`);
}

async function restoreMoment(
  { fleet, driver }: MomentOptions,
  { history }: Known,
  { number, at, timeline, place }: Wanted,
): Promise<MomentResult> {
  const time = formatInstant(at);
  const { outcome, reference, seconds } = await driver.restore({
    kind: 'time',
    time,
    timeline,
  });
  try {
    const found = await withAdmin(fleet, readContent, {
      port: outcome.connection.port!,
    });
    const expected = history.expectedAt(String(timeline), at);
    const differences: string[] = [];
    const compare = (what: string, is: unknown, shall: unknown) => {
      if (String(is) !== String(shall)) {
        differences.push(`${what} is ${is} instead of ${shall}`);
      }
    };
    const writers = new Set([
      ...found.commits.keys(),
      ...expected.commits.keys(),
    ]);
    for (const writer of writers) {
      compare(
        `last canary of writer ${writer}`,
        found.commits.get(writer),
        expected.commits.get(writer),
      );
    }
    compare('writers with a hole', found.holes.join(), '');
    compare('digest of canaries', found.canaryDigest, expected.canaryDigest);
    compare('digest of content', found.contentDigest, expected.contentDigest);
    compare('timeline', outcome.moment?.timeline, timeline);
    return {
      number,
      time,
      timeline,
      place,
      backupId: outcome.backupId,
      commits: [...expected.commits.values()].reduce((sum, n) => sum + n, 0),
      seconds,
      differences,
    };
  } finally {
    await driver.discard(reference);
  }
}

export function lineOf(result: MomentResult): string {
  const { number, time, timeline, place, backupId, commits, seconds } = result;
  return [
    String(number).padStart(4),
    time.padEnd(28),
    `timeline ${timeline}`,
    place.padEnd(6),
    backupId.padEnd(33),
    `${commits} commits`.padStart(14),
    `${seconds.toFixed(1)} s`.padStart(7),
    result.differences.length === 0 ? 'equal' : result.differences.join('; '),
  ].join('  ');
}
