import { Inventory, Resolution } from 'backstage-plugin-database-ops-node';
import { JsonObject } from '@backstage/types';
import { formatInstant } from '../wal/instant';
import { formatPosition } from '../wal/segments';
import { byPosition, Claim, claimsOf, firstSecondOf } from './claims';
import { History, readHistory, Way, wayTo } from './history';
import { MomentQuestion } from './question';
import { toMoment } from './moment';
import { replayBytesTo } from './replayBytes';
import { lastOf, unreachable } from './unreachable';

/**
 * Whether what is asked for can be restored: from which backup, on which
 * timeline, replaying how much log; otherwise why not, and the nearest moments
 * that can. The newest timeline that has the moment is taken, unless one is
 * named.
 */
export function resolveMoment(
  inventory: Inventory,
  question: MomentQuestion,
): Resolution {
  const history = readHistory(inventory);
  const claims = claimsOf(history);
  const asked = question.timeline;
  if (
    asked !== undefined &&
    !claims.some(({ timeline }) => timeline === asked)
  ) {
    const known = [...new Set(claims.map(({ timeline }) => timeline))];
    return {
      reachable: false,
      sentence: `Nothing of timeline ${asked} can be restored${known.length > 0 ? `; choose timeline ${known.join(' or ')}` : ''}.`,
      nearest: claims.slice(-1).map(lastOf),
    };
  }
  switch (question.kind) {
    case 'backup':
      return toBackup(history, inventory, question.backupId);
    case 'time':
      return toTime(history, claims, question);
    case 'lsn':
      return toPosition(claims.map(byPosition), question);
    case 'latest':
      return toLatest(history, claims, question);
    default:
      return toMark(history, claims, question);
  }
}

function toBackup(
  history: History,
  { backups, databaseId }: Inventory,
  backupId: string | undefined,
): Resolution {
  const start = history.starts.find(({ backup }) => backup.id === backupId);
  const way = start && wayTo(history, start, start.timeline);
  if (start && way) {
    return {
      reachable: true,
      sentence: `Backup ${start.backup.id} is restored to its end at ${formatInstant(start.stoppedAt)}.`,
      moment: toMoment(start.stoppedAt, start.to, start.timeline),
      backupId: start.backup.id,
      chain: start.backup.chain,
      replayBytes: start.to - start.from,
      parameters: { kind: 'backup', backupId: start.backup.id },
    };
  }
  const known = backups.find(({ id }) => id === backupId);
  let reason = 'does not exist';
  if (start) {
    reason = 'cannot be restored: WAL that it needs is missing in the archive';
  } else if (known) {
    reason = `is ${known.state === 'present' ? 'not described well enough to be restored' : known.state}`;
  }
  return {
    reachable: false,
    sentence: `Backup '${backupId ?? ''}' of database '${databaseId}' ${reason}.`,
    nearest: [],
  };
}

function toTime(
  history: History,
  claims: readonly Claim[],
  question: Extract<MomentQuestion, { readonly kind: 'time' }>,
): Resolution {
  const { at, timeline: asked } = question;
  const time = formatInstant(at);
  // A moment before the fork is on the way to the later timeline too, when that one is asked for.
  const holds = (claim: Claim) =>
    asked === undefined
      ? claim.from <= at && at <= claim.to
      : claim.timeline === asked &&
        claim.ways.some(way => startsBefore(way, at)) &&
        at <= claim.to;
  for (const claim of claims.filter(holds).reverse()) {
    const { timeline } = claim;
    // PostgreSQL stops before the first commit behind the target: there has to be one.
    if (at === claim.to && claim.end.lastCommitAt === at) {
      return toPosition(claims.map(byPosition), {
        kind: 'lsn',
        position: claim.toPosition,
        timeline,
        backupId: question.backupId,
      });
    }
    const way = newestWay(claim.ways, question.backupId, each =>
      startsBefore(each, at),
    );
    if (way) {
      const { backup } = way.start;
      return {
        reachable: true,
        sentence: `${time} is reached on timeline ${timeline} from backup ${backup.id}.`,
        moment: { time, timeline },
        backupId: backup.id,
        chain: backup.chain,
        replayBytes: replayBytesTo(history, way, at),
        parameters: { kind: 'time', time, timeline, backupId: backup.id },
      };
    }
    const ending = claim.ways.find(
      ({ start }) => start.stoppedAt === at && start.timeline === timeline,
    );
    if (
      ending &&
      (question.backupId ?? ending.start.backup.id) === ending.start.backup.id
    ) {
      return toBackupEnd(ending);
    }
  }
  return unreachable(
    claims,
    question.timeline,
    claim => ({ from: claim.from, to: claim.to }),
    at,
    {
      asked: time,
      first: first =>
        `lies before the first moment that can be restored, ${first.time}`,
      last: last => `lies after the last commit in the archive, ${last.time}`,
    },
  );
}

function toBackupEnd({ start }: Way): Resolution {
  return {
    reachable: true,
    sentence: `Backup ${start.backup.id} ends at ${formatInstant(start.stoppedAt)}.`,
    moment: toMoment(start.stoppedAt, start.to, start.timeline),
    backupId: start.backup.id,
    chain: start.backup.chain,
    replayBytes: start.to - start.from,
    parameters: { kind: 'backup', backupId: start.backup.id },
  };
}

function toPosition(
  claims: readonly Claim[],
  question: Extract<MomentQuestion, { readonly kind: 'lsn' }>,
): Resolution {
  const { position, timeline: asked } = question;
  const lsn = formatPosition(position);
  const holds = (claim: Claim) =>
    asked === undefined
      ? claim.fromPosition <= position && position <= claim.toPosition
      : claim.timeline === asked &&
        claim.ways.some(({ start }) => start.to <= position) &&
        position <= claim.toPosition;
  for (const claim of claims.filter(holds).reverse()) {
    const way = newestWay(
      claim.ways,
      question.backupId,
      ({ start }) => start.to <= position,
    );
    if (way) {
      const { timeline } = claim;
      const { backup } = way.start;
      const isLastCommit = position === claim.toPosition;
      return {
        reachable: true,
        sentence: `${lsn} is reached on timeline ${timeline} from backup ${backup.id}.`,
        moment: {
          time: formatInstant(
            isLastCommit ? claim.to : timeNear(claim, position),
          ),
          lsn,
          timeline,
        },
        backupId: backup.id,
        chain: backup.chain,
        replayBytes: position - way.start.from,
        parameters: { kind: 'lsn', lsn, timeline, backupId: backup.id },
      };
    }
  }
  return unreachable(
    claims,
    asked,
    claim => ({ from: claim.fromPosition, to: claim.toPosition }),
    position,
    {
      asked: lsn,
      first: first =>
        `lies before the first position that can be restored, ${first.lsn}`,
      last: last => `lies after the last commit in the archive, at ${last.lsn}`,
    },
  );
}

/** Between the known moments of a claim; only a label, the position is exact. */
function timeNear(claim: Claim, position: number): number {
  const length = claim.toPosition - claim.fromPosition;
  const share = length > 0 ? (position - claim.fromPosition) / length : 1;
  return Math.round(claim.from + Math.max(0, share) * (claim.to - claim.from));
}

function toLatest(
  history: History,
  claims: readonly Claim[],
  question: MomentQuestion,
): Resolution {
  const asked = question.timeline;
  const claim = claims
    .filter(({ timeline }) => asked === undefined || timeline === asked)
    .at(-1);
  if (!claim) {
    return {
      reachable: false,
      sentence: 'There is no backup that can be restored; take a full backup.',
      nearest: [],
    };
  }
  const way = newestWay(claim.ways, question.backupId, () => true);
  if (!way) {
    return {
      reachable: false,
      sentence: `Backup '${question.backupId}' does not lead to the end of the archive.`,
      nearest: [lastOf(claim)],
    };
  }
  const { timeline } = claim;
  const { start } = way;
  const cut = beyond(history, claim);
  const { lastCommit, lastCommitAt } = claim.end;
  const isBehind =
    lastCommit !== undefined &&
    lastCommitAt !== undefined &&
    lastCommit >= start.to;
  const moment = isBehind
    ? toMoment(lastCommitAt, lastCommit, timeline)
    : toMoment(start.stoppedAt, start.to, start.timeline);
  return {
    reachable: true,
    sentence: `The latest moment is ${moment.time} on timeline ${timeline}, from backup ${start.backup.id}${cut}.`,
    moment,
    backupId: start.backup.id,
    chain: start.backup.chain,
    replayBytes: (isBehind ? lastCommit : start.to) - start.from,
    parameters: {
      kind: 'latest',
      backupId: start.backup.id,
      timeline,
      ...(isBehind ? { lsn: formatPosition(lastCommit) } : {}),
    },
  };
}

/** Log that is archived behind the end of what can be reached. */
function beyond(history: History, claim: Claim): string {
  const isCut = history.ranges.some(
    range =>
      range.timeline > claim.timeline ||
      (range.timeline === claim.timeline && range.from >= claim.end.to),
  );
  return isCut
    ? '; newer WAL is archived, but a gap lies before it and no backup behind it'
    : '';
}

/** A transaction id or a restore point: only replay finds out where it is. */
function toMark(
  history: History,
  claims: readonly Claim[],
  question: MomentQuestion,
): Resolution {
  const latest = toLatest(history, claims, question);
  if (!latest.reachable || !latest.parameters) {
    return latest;
  }
  const mark: JsonObject =
    question.kind === 'xid'
      ? { kind: 'xid', xid: question.xid }
      : { kind: 'name', name: question.kind === 'name' ? question.name : '' };
  const { backupId, timeline } = latest.parameters;
  return {
    ...latest,
    sentence: `Recovery looks for ${question.kind === 'xid' ? `transaction ${mark.xid}` : `the restore point '${mark.name}'`} on timeline ${timeline} from backup ${backupId} on; it fails when it lies before that backup's end or after the last archived commit.`,
    moment: undefined,
    parameters: { ...mark, backupId, timeline },
  };
}

function startsBefore({ start }: Way, at: number): boolean {
  return firstSecondOf(start) <= at;
}

/** The newest backup leaves the least to be replayed. */
function newestWay(
  ways: readonly Way[],
  backupId: string | undefined,
  suits: (way: Way) => boolean,
): Way | undefined {
  return ways
    .filter(
      way =>
        suits(way) &&
        (backupId === undefined || way.start.backup.id === backupId),
    )
    .at(-1);
}
