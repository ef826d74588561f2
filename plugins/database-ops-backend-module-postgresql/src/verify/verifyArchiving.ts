import { ProofCheck } from 'backstage-plugin-database-ops-common';
import {
  OperateTarget,
  OperationFailedError,
  proofSentence,
  proofStateOf,
  repositoryKeys,
  RunContext,
  VerifyOutcome,
} from 'backstage-plugin-database-ops-node';
import { PostgresqlConfig } from '../config';
import { parseArchiveListing } from '../inventory/archiveListing';
import { PgBackRest } from '../pgbackrest/PgBackRest';

/** Beside the wait for the segment: connecting, and a store that answers slowly. One that is gone would keep pgBackRest for minutes. */
const CHECK_MARGIN_SECONDS = 45;
const LISTING_TIMEOUT_SECONDS = 120;
/** By its own clock: where this process is busy, lines reach it late and together. */
const STAMPED = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d\.\d{3}) (.*)$/;
/** What pgBackRest prints before it switches WAL, and when the segment has come. */
const SWITCHING = /check repo\d+ archive for WAL/;
const ARRIVED = /WAL segment ([0-9A-F]{24}) successfully archived to '([^']+)'/;
/** These say nothing about archiving. */
const NOT_CHECKED = ['pgbackrest-not-ended', 'pgbackrest-31', 'pgbackrest-32'];

const CHECK = { id: 'archiving', title: 'WAL reaches the archive' };
const READ_BACK = { id: 'read-back', title: 'Segment in the repository' };

/**
 * Proves that WAL reaches the repository now: a segment is switched, waited
 * for, and found again in the repository's own listing.
 *
 * @throws OperationFailedError when it could not be carried out at all
 */
export async function verifyArchiving(
  target: OperateTarget<PostgresqlConfig>,
  options: { readonly timeoutSeconds: number },
  context: RunContext,
): Promise<VerifyOutcome> {
  const startedAt = context.clock();
  const pgbackrest = await PgBackRest.create(target, context);
  context.progress({ step: 'Waiting for a WAL segment to arrive' });
  const { checks, facts } =
    (await storeAway(target, context)) ??
    (await check(pgbackrest, options, context));
  const { stanza } = pgbackrest.config;
  return {
    proof: {
      depth: 'archiving',
      state: proofStateOf(checks),
      sentence: proofSentence(
        checks,
        `WAL of '${stanza}' reaches repository '${target.repository.id}': segment ${facts.segment} was there ${facts.seconds} s after the switch.`,
      ),
      startedAt: startedAt.toISOString(),
      endedAt: context.clock().toISOString(),
      checks,
      facts: { repositoryId: target.repository.id, ...facts },
    },
  };
}

interface Found {
  readonly checks: ProofCheck[];
  readonly facts: { readonly segment?: string; readonly seconds?: number };
}

/** pgBackRest would try for minutes, and would not say which repository it is. */
async function storeAway(
  { database }: OperateTarget<PostgresqlConfig>,
  { store }: RunContext,
): Promise<Found | undefined> {
  try {
    await store.get(repositoryKeys.inventory(database.id));
    return undefined;
  } catch (error) {
    if (error instanceof OperationFailedError) {
      return { checks: failedChecks(error), facts: {} };
    }
    throw error;
  }
}

async function check(
  pgbackrest: PgBackRest,
  { timeoutSeconds }: { readonly timeoutSeconds: number },
  context: RunContext,
): Promise<Found> {
  const limitSeconds = timeoutSeconds + CHECK_MARGIN_SECONDS;
  const late = AbortSignal.timeout(limitSeconds * 1000);
  let switchedAt: number | undefined;
  let arrived: { readonly segment: string; readonly at?: number } | undefined;
  try {
    await pgbackrest.run({
      command: 'check',
      args: [`--archive-timeout=${timeoutSeconds}`, '--log-timestamp'],
      timeoutSeconds: limitSeconds + CHECK_MARGIN_SECONDS,
      signal: AbortSignal.any([context.signal, late]),
      onLine: line => {
        const [, date, time, text = line] = STAMPED.exec(line) ?? [];
        context.logger.info(text);
        // Programs run in UTC.
        const at = date ? Date.parse(`${date}T${time}Z`) : undefined;
        const [, segment] = ARRIVED.exec(text) ?? [];
        if (segment) {
          arrived = { segment, at };
        } else if (SWITCHING.test(text)) {
          switchedAt = at;
        }
      },
    });
  } catch (error) {
    if (
      error instanceof OperationFailedError &&
      !NOT_CHECKED.includes(error.failure.code ?? '')
    ) {
      return { checks: failedChecks(error), facts: {} };
    }
    if (late.aborted && !context.signal.aborted) {
      return {
        checks: failedChecks(tooLate(pgbackrest, limitSeconds)),
        facts: {},
      };
    }
    throw error;
  }
  if (!arrived) {
    return { checks: [notNamed()], facts: {} };
  }
  const seconds =
    switchedAt === undefined || arrived.at === undefined
      ? undefined
      : (arrived.at - switchedAt) / 1000;
  const { segment } = arrived;
  return {
    checks: [
      {
        ...CHECK,
        status: 'passed',
        sentence: `Segment ${segment} was switched and arrived${seconds === undefined ? '' : ` ${seconds} s later`}.`,
        ...(seconds === undefined ? {} : { value: seconds, unit: 's' }),
      },
      await readBack(pgbackrest, segment),
    ],
    facts: { segment, ...(seconds === undefined ? {} : { seconds }) },
  };
}

/** What pgBackRest says is not enough: the listing has to hold the segment. */
async function readBack(
  pgbackrest: PgBackRest,
  segment: string,
): Promise<ProofCheck> {
  const archive = (await pgbackrest.info())?.archive.at(-1);
  const root = `archive/${pgbackrest.config.stanza}/${archive?.id}/${segment.slice(0, 16)}`;
  const { stdout } = await pgbackrest.output({
    command: 'repo-ls',
    args: ['--output=json'],
    operands: [root],
    timeoutSeconds: LISTING_TIMEOUT_SECONDS,
  });
  const found = parseArchiveListing(stdout, root).segments.find(
    ({ name }) => name === segment,
  );
  return found
    ? {
        ...READ_BACK,
        status: 'passed',
        sentence: `The repository lists it as ${found.path}.`,
      }
    : {
        ...READ_BACK,
        status: 'failed',
        sentence: `pgBackRest said that ${segment} arrived, but the repository does not list it below ${root}. Find out what removes objects there.`,
      };
}

function failedChecks({ failure }: OperationFailedError): ProofCheck[] {
  return [
    {
      ...CHECK,
      status: 'failed',
      sentence: `${failure.cause} ${failure.nextStep ?? ''}`.trim(),
    },
    {
      ...READ_BACK,
      status: 'skipped',
      sentence: 'No segment arrived that could be looked for.',
    },
  ];
}

function tooLate(
  { config }: PgBackRest,
  seconds: number,
): OperationFailedError {
  return new OperationFailedError({
    cause: `"pgbackrest check" of the stanza '${config.stanza}' did not end within ${seconds} s.`,
    object: config.stanza,
    nextStep:
      'Check the way from the database host to the object store, then verify again.',
  });
}

/** On a standby pgBackRest checks the repository only. */
function notNamed(): ProofCheck {
  return {
    ...CHECK,
    status: 'skipped',
    sentence:
      'pgBackRest switched no segment: the database host is not the primary. Set pgbackrest.host to that of the primary.',
  };
}
