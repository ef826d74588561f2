import { OperationFailedError } from 'backstage-plugin-database-ops-node';

/** What pgBackRest found wrong with the files of one archive or backup. */
export interface VerifiedPart {
  /** `archive 15-1` or `backup 20261123-020003F`. */
  readonly name: string;
  readonly backupId?: string;
  readonly checkedFiles: number;
  readonly validFiles: number;
  /** Backups only, as pgBackRest names it: `valid`, `invalid`, `in-progress` … */
  readonly status?: string;
  /** For example `1 missing, 2 checksum invalid`; empty when nothing is wrong. */
  readonly wrong: string;
  /** Files that are not right, by the name that they have in it. */
  readonly files: readonly string[];
}

/** The report of `pgbackrest verify --output=text --verbose`. */
export interface VerifyReport {
  readonly status: string;
  readonly archives: readonly VerifiedPart[];
  readonly backups: readonly VerifiedPart[];
}

const ARCHIVE =
  /^archiveId: (\S+), total WAL checked: (\d+), total valid WAL: (\d+)$/;
const BACKUP =
  /^backup: (\S+), status: ([a-z -]+), total files checked: (\d+), total valid files: (\d+)$/;
const ERRORS =
  /^missing: (\d+), checksum invalid: (\d+), size invalid: (\d+), other: (\d+)$/;
/** One line for each file; missing ones are in the archive's or the backup's own list. */
const DAMAGED =
  /(?:invalid checksum|invalid size|invalid result|file missing) '?([^\s']+?)'?(?=:?\s|:? *$)/gm;
/** Of a segment's file name: what stands before it is the segment. */
const CHECKSUM =
  /^[0-9A-F]{16}\/(?=[0-9A-F]{24}-)|-[0-9a-f]{40}(?:\.[a-z0-9]+)?$/g;
const ERROR_NAMES = ['missing', 'checksum invalid', 'size invalid', 'other'];

/**
 * Reads the report by its lines: pgBackRest exits 0 whatever it found, so
 * nothing may be taken for granted that the text does not say.
 *
 * @param log - what it said meanwhile, with the names of files
 * @throws OperationFailedError when the text is not understood
 */
export function readVerifyText(
  text: string,
  stanza: string,
  log = '',
): VerifyReport {
  const damaged = [...log.matchAll(DAMAGED)].map(([, path]) => path);
  const named = (part: string) =>
    damaged
      .filter(path => path.startsWith(`${part}/`))
      .map(path => path.slice(part.length + 1).replace(CHECKSUM, ''));
  const lines = text
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '');
  const start = lines.indexOf(`stanza: ${stanza}`);
  const status = /^status: (\S+)$/.exec(lines[start + 1] ?? '')?.[1];
  if (start < 0 || status === undefined) {
    throw notUnderstood(stanza, lines[start + 1] ?? lines[0] ?? '(nothing)');
  }
  const archives: VerifiedPart[] = [];
  const backups: VerifiedPart[] = [];
  for (const line of lines.slice(start + 2)) {
    const archive = ARCHIVE.exec(line);
    const backup = BACKUP.exec(line);
    const errors = ERRORS.exec(line);
    if (archive) {
      archives.push({
        name: `archive ${archive[1]}`,
        checkedFiles: Number(archive[2]),
        validFiles: Number(archive[3]),
        wrong: '',
        files: named(archive[1]),
      });
    } else if (backup) {
      backups.push({
        name: `backup ${backup[1]}`,
        backupId: backup[1],
        status: backup[2],
        checkedFiles: Number(backup[3]),
        validFiles: Number(backup[4]),
        wrong: '',
        files: named(backup[1]),
      });
    } else if (errors) {
      const list = lastOf(backups, archives);
      const part = list.pop();
      if (!part) {
        throw notUnderstood(stanza, line);
      }
      list.push({ ...part, wrong: wordsOf(errors.slice(1).map(Number)) });
    } else if (!/^(archiveId|backup): none found$/.test(line)) {
      throw notUnderstood(stanza, line);
    }
  }
  return { status, archives, backups };
}

/** The counts of errors belong to the part before them; backups follow archives. */
function lastOf(
  backups: VerifiedPart[],
  archives: VerifiedPart[],
): VerifiedPart[] {
  return backups.length > 0 ? backups : archives;
}

function wordsOf(counts: readonly number[]): string {
  return counts
    .flatMap((count, index) =>
      count > 0 ? [`${count} ${ERROR_NAMES[index]}`] : [],
    )
    .join(', ');
}

function notUnderstood(stanza: string, line: string): OperationFailedError {
  return new OperationFailedError({
    cause: `What pgbackrest verify said of stanza '${stanza}' is not understood at the line '${line}'.`,
    object: stanza,
    nextStep:
      'Run "pgbackrest verify --output=text --verbose" by hand and read it; report the text together with pgBackRest\'s version.',
    code: 'verify-not-understood',
  });
}
