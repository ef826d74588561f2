import { Backup, ProofCheck } from 'backstage-plugin-database-ops-common';
import { Inventory, LogRange } from 'backstage-plugin-database-ops-node';
import { describeMissing } from '../wal/archivedRanges';
import { parsePosition } from '../wal/segments';
import { VerifiedPart, VerifyReport } from './verifyText';

const SHOWN_FILES = 5;

/** The files of every backup and of the archive, by the checksums that pgBackRest kept. */
export function checksumChecks(
  report: VerifyReport,
  inventory: Inventory,
): readonly ProofCheck[] {
  const seen = new Map(
    report.backups.map(backup => [backup.backupId, backup] as const),
  );
  const present = inventory.backups.filter(({ state }) => state === 'present');
  const badBackups = present.flatMap(({ id }) => {
    const found = seen.get(id);
    if (!found) {
      return [`backup ${id} was not verified`];
    }
    return isWhole(found) && found.status === 'valid' ? [] : [inWords(found)];
  });
  // What a backup leaves that somebody removed the base of, for example.
  const remains = report.backups.filter(
    part =>
      part.status !== 'in-progress' &&
      !(isWhole(part) && part.status === 'valid') &&
      !present.some(({ id }) => id === part.backupId),
  );
  const badArchives = report.archives
    .filter(part => !isWhole(part))
    .map(inWords);
  const files = sum(report.backups);
  const segments = sum(report.archives);
  return [
    judged('backup-checksums', 'Checksums of the backups', badBackups, {
      passed: `${files} files of ${present.length} backups have the checksum they were written with.`,
      // No backup at all is nothing proved.
      nothing: present.length === 0,
      value: files,
    }),
    judged('archive-checksums', 'Checksums of the WAL archive', badArchives, {
      passed: `${segments} archived segments have the checksum they were written with.`,
      nothing: segments === 0,
      value: segments,
    }),
    judged(
      'verify-status',
      'Verdict of pgBackRest',
      report.status === 'ok'
        ? []
        : [
            `pgbackrest verify says ${report.status}`,
            ...remains.map(
              part => `nothing is restored from ${inWords(part)}; remove it`,
            ),
          ],
      { passed: 'pgbackrest verify says ok.', nothing: false },
    ),
  ];
}

/**
 * That the archive has no hole where a backup needs it: pgBackRest's own
 * verify does not notice a segment missing in the middle.
 */
export function contiguityChecks(inventory: Inventory): readonly ProofCheck[] {
  const present = inventory.backups.filter(({ state }) => state === 'present');
  const uncovered = present
    .filter(backup => !isCovered(backup, inventory.logs))
    .map(
      ({ id, from, to }) =>
        `the WAL of backup ${id} (${from?.lsn ?? '?'} to ${to?.lsn ?? '?'}) is not whole in the archive`,
    );
  const branches = new Set(inventory.logs.map(({ branch }) => branch));
  const holes = [...branches].flatMap(branch => holesOf(branch, inventory));
  return [
    judged('backup-wal', 'WAL of the backups', uncovered, {
      passed: `Every one of ${present.length} backups has the WAL that makes it consistent.`,
      nothing: present.length === 0,
    }),
    judged('wal-contiguous', 'WAL without a gap', holes, {
      passed: `No segment is missing since the oldest backup, on ${branches.size === 1 ? 'one timeline' : `${branches.size} timelines`}.`,
      nothing: inventory.logs.length === 0,
    }),
  ];
}

/** That the newest backup is not older than wanted. */
export function ageCheck(
  inventory: Inventory,
  maximumAgeSeconds: number,
): ProofCheck {
  const newest = inventory.backups
    .filter(({ state }) => state === 'present')
    .map(({ stoppedAt }) => Date.parse(stoppedAt))
    .reduce((latest, time) => Math.max(latest, time), -Infinity);
  const ageSeconds = (Date.parse(inventory.observedAt) - newest) / 1000;
  const passed = ageSeconds <= maximumAgeSeconds;
  return {
    id: 'backup-age',
    title: 'Age of the newest backup',
    status: passed ? 'passed' : 'failed',
    sentence: Number.isFinite(ageSeconds)
      ? `The newest backup ended ${Math.round(ageSeconds)} s ago; ${maximumAgeSeconds} s are allowed.`
      : 'There is no present backup.',
    ...(Number.isFinite(ageSeconds) ? { value: ageSeconds, unit: 's' } : {}),
  };
}

/** That the repository's content is encrypted, by pgBackRest or by the store. */
export function encryptionCheck(
  cipher: string | undefined,
  storeEncryption: string | undefined,
): ProofCheck {
  const byTool = cipher !== undefined && cipher !== 'none';
  const found = [
    ...(byTool ? [`by pgBackRest with ${cipher}`] : []),
    ...(storeEncryption ? [`by the store with ${storeEncryption}`] : []),
  ];
  return {
    id: 'encryption',
    title: 'Encryption',
    status: found.length > 0 ? 'passed' : 'failed',
    sentence:
      found.length > 0
        ? `Backups are encrypted ${found.join(' and ')}.`
        : 'Neither pgBackRest nor the store says that it encrypts.',
  };
}

function isWhole({ checkedFiles, validFiles, wrong }: VerifiedPart): boolean {
  return checkedFiles > 0 && checkedFiles === validFiles && wrong === '';
}

function inWords(part: VerifiedPart): string {
  return `${part.name}: ${part.validFiles} of ${part.checkedFiles} files are valid${part.wrong ? ` (${part.wrong})` : ''}${filesInWords(part)}`;
}

function filesInWords({ files }: VerifiedPart): string {
  const rest = files.length - SHOWN_FILES;
  return files.length === 0
    ? ''
    : `: ${files.slice(0, SHOWN_FILES).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

function sum(parts: readonly VerifiedPart[]): number {
  return parts.reduce((total, { checkedFiles }) => total + checkedFiles, 0);
}

function isCovered({ from, to }: Backup, logs: readonly LogRange[]): boolean {
  const start = from?.lsn === undefined ? undefined : parsePosition(from.lsn);
  const stop = to?.lsn === undefined ? undefined : parsePosition(to.lsn);
  return (
    start !== undefined &&
    stop !== undefined &&
    logs.some(
      range =>
        range.branch === String(to?.timeline) &&
        positionOf(range.fromPosition) <= start &&
        positionOf(range.toPosition) >= stop,
    )
  );
}

/** What is missing on a branch behind the oldest backup; what lies before is on its way out. */
function holesOf(branch: string, { logs, backups }: Inventory): string[] {
  const oldest = backups
    .filter(({ state }) => state === 'present')
    .map(({ from }) => positionOf(from?.lsn))
    .filter(Number.isFinite)
    .reduce((least, position) => Math.min(least, position), Infinity);
  const ranges = logs
    .filter(range => range.branch === branch)
    .sort((a, b) => positionOf(a.fromPosition) - positionOf(b.fromPosition));
  return ranges.slice(1).flatMap((range, index) => {
    const before = ranges[index];
    return positionOf(range.fromPosition) > oldest
      ? [describeMissing(before, range)]
      : [];
  });
}

function positionOf(lsn: string | undefined): number {
  return (lsn === undefined ? undefined : parsePosition(lsn)) ?? NaN;
}

function judged(
  id: string,
  title: string,
  wrong: readonly string[],
  facts: {
    readonly passed: string;
    readonly nothing: boolean;
    readonly value?: number;
  },
): ProofCheck {
  if (wrong.length > 0) {
    return { id, title, status: 'failed', sentence: `${wrong.join('; ')}.` };
  }
  if (facts.nothing) {
    return {
      id,
      title,
      status: 'skipped',
      sentence: 'There was nothing to check.',
    };
  }
  return {
    id,
    title,
    status: 'passed',
    sentence: facts.passed,
    ...(facts.value === undefined ? {} : { value: facts.value }),
  };
}
