import { basename, join } from 'node:path';
import { toError } from '@backstage/errors';
import { OperateTarget, RunContext } from 'backstage-plugin-database-ops-node';
import { PostgresqlConfig } from '../config';
import { PgBackRestStanza } from '../pgbackrest/info';
import { findBinDirectory } from '../restore/programs';
import { formatInstant, parseInstant } from '../wal/instant';
import { formatPosition, parsePosition } from '../wal/segments';

const TIMEOUT_SECONDS = 120;
/** `pg_waldump` ends with 1 where the segment's log ends before the segment does. */
const EXIT_CODES = [0, 1];
/** What it says then: the log ends, within the segment or at its end. */
const ORDINARY_END =
  /error in WAL record at|could not find a valid record after|could not find file/;
const COMMIT =
  /\blsn: ([0-9A-F]+\/[0-9A-F]+),.*\bdesc: COMMIT(?:_PREPARED \d+:)? (\d{4}-\d{2}-\d{2} [0-9:.]+ [A-Z]+)/;

type ReaderContext = Pick<RunContext, 'logger' | 'processes' | 'signal'>;

export interface LastCommit {
  readonly lastCommitAt: string;
  readonly lastCommitPosition: string;
}

/** Finds commits in a segment by `pg_waldump`. */
export class CommitReader {
  readonly #command: string;
  readonly #context: ReaderContext;

  /** `undefined` where PostgreSQL's programs are not on this machine: then nothing is claimed by time beyond backups. */
  static async create(
    { database }: Pick<OperateTarget<PostgresqlConfig>, 'database'>,
    stanza: Pick<PgBackRestStanza, 'db'>,
    context: ReaderContext,
  ): Promise<CommitReader | undefined> {
    const version = stanza.db.at(-1)?.version;
    try {
      const folder = await findBinDirectory(
        database.config.restore ?? {},
        version,
        context,
      );
      return new CommitReader(join(folder, 'pg_waldump'), context);
    } catch (error) {
      context.logger.warn(
        `Times of commits cannot be read from the archive: ${toError(error).message}`,
      );
      return undefined;
    }
  }

  private constructor(command: string, context: ReaderContext) {
    this.#command = command;
    this.#context = context;
  }

  /** `undefined` when nothing was committed in it. */
  async lastOf(segmentFile: string): Promise<LastCommit | undefined> {
    let last: LastCommit | undefined;
    const complaints: string[] = [];
    const { exitCode } = await this.#context.processes.run({
      command: this.#command,
      args: ['--rmgr=Transaction', segmentFile],
      // Its times are local ones.
      env: { TZ: 'UTC' },
      timeoutSeconds: TIMEOUT_SECONDS,
      signal: this.#context.signal,
      acceptExitCodes: EXIT_CODES,
      onLine: (line, stream) => {
        if (stream === 'stderr') {
          complaints.push(line);
        } else {
          last = parseCommit(line) ?? last;
        }
      },
    });
    if (exitCode !== 0 && !complaints.some(line => ORDINARY_END.test(line))) {
      this.#context.logger.warn(
        `pg_waldump read ${basename(segmentFile)} ${last ? 'perhaps not to its end' : 'and named no commit'}; it ended with ${exitCode} and said: ${complaints.at(-1) ?? 'nothing'}`,
      );
    }
    return last;
  }
}

/** A commit in a line of `pg_waldump`. */
export function parseCommit(line: string): LastCommit | undefined {
  const [, lsn, time] = COMMIT.exec(line) ?? [];
  const at = parseInstant(time ?? '');
  const position = parsePosition(lsn ?? '');
  return at === undefined || position === undefined
    ? undefined
    : {
        lastCommitAt: formatInstant(at),
        lastCommitPosition: formatPosition(position),
      };
}
