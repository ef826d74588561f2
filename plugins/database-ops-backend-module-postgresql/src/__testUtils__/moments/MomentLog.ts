import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, WriteStream } from 'node:fs';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** One commit of the load. */
export interface LoggedCommit {
  /** The line of history that it was made on. */
  readonly branch: string;
  readonly writer: number;
  /** From 1 on without a gap, for each writer, over branches. */
  readonly sequence: number;
  readonly transactionId: string;
  /** By PostgreSQL; microseconds since 1970. */
  readonly committedAt: number;
  /** What the commit changed the content's digest by. */
  readonly change: bigint;
}

/** What a server has to hold at a moment. */
export interface ExpectedContent {
  /** Commits of each writer, by its number. */
  readonly commits: ReadonlyMap<number, number>;
  /** Of every canary row. */
  readonly canaryDigest: bigint;
  /** Of every row of the content table. */
  readonly contentDigest: bigint;
}

/** Where a branch left its parent: what of each writer it has of that. */
export interface LoggedFork {
  readonly branch: string;
  readonly parent: string;
  readonly commits: ReadonlyMap<number, number>;
}

/** Part of the sum that is the digest of a table: the order of rows does not matter. */
export function rowDigest(row: string): bigint {
  return BigInt(
    `0x${createHash('md5').update(row).digest('hex').slice(0, 15)}`,
  );
}

/** The same in SQL, of an expression that gives the row's text. */
export function rowDigestSql(row: string): string {
  return `('x' || substr(md5(${row}), 1, 15))::bit(60)::bigint::numeric`;
}

export function canaryRow(
  commit: Pick<LoggedCommit, 'writer' | 'sequence' | 'transactionId'>,
): string {
  return `${commit.writer}:${commit.sequence}:${commit.transactionId}`;
}

/** The load's own record of its commits, on disk: one line each. */
export class MomentLog {
  readonly file: string;
  readonly #stream: WriteStream;

  constructor(file: string) {
    this.file = file;
    this.#stream = createWriteStream(file, { flags: 'a' });
  }

  add(commit: LoggedCommit): void {
    const { branch, writer, sequence, transactionId, committedAt, change } =
      commit;
    this.#stream.write(
      `${[branch, writer, sequence, transactionId, committedAt, change].join(' ')}\n`,
    );
  }

  async close(): Promise<void> {
    this.#stream.end();
    await once(this.#stream, 'finish');
  }
}

/** What a log says, to be asked for moments. */
export class MomentHistory {
  readonly #commits: ReadonlyMap<string, readonly LoggedCommit[]>;
  readonly #forks: ReadonlyMap<string, LoggedFork>;

  static async read(
    file: string,
    forks: readonly LoggedFork[],
  ): Promise<MomentHistory> {
    const commits = new Map<string, LoggedCommit[]>();
    for await (const line of createInterface(createReadStream(file))) {
      const [branch, writer, sequence, transactionId, committedAt, change] =
        line.split(' ');
      const known = commits.get(branch) ?? [];
      known.push({
        branch,
        writer: Number(writer),
        sequence: Number(sequence),
        transactionId,
        committedAt: Number(committedAt),
        change: BigInt(change),
      });
      commits.set(branch, known);
    }
    return new MomentHistory(
      commits,
      new Map(forks.map(fork => [fork.branch, fork])),
    );
  }

  private constructor(
    commits: ReadonlyMap<string, readonly LoggedCommit[]>,
    forks: ReadonlyMap<string, LoggedFork>,
  ) {
    this.#commits = commits;
    this.#forks = forks;
  }

  /** Commits on a branch, those before its fork included. */
  of(branch: string): readonly LoggedCommit[] {
    const own = this.#commits.get(branch) ?? [];
    const fork = this.#forks.get(branch);
    return fork
      ? [
          ...this.of(fork.parent).filter(
            ({ writer, sequence }) =>
              sequence <= (fork.commits.get(writer) ?? 0),
          ),
          ...own,
        ]
      : own;
  }

  expectedAt(branch: string, moment: number): ExpectedContent {
    const commits = new Map<number, number>();
    let canaryDigest = 0n;
    let contentDigest = 0n;
    for (const commit of this.of(branch)) {
      if (commit.committedAt <= moment) {
        commits.set(commit.writer, (commits.get(commit.writer) ?? 0) + 1);
        canaryDigest += rowDigest(canaryRow(commit));
        contentDigest += commit.change;
      }
    }
    return { commits, canaryDigest, contentDigest };
  }

  /**
   * PostgreSQL takes a commit's time before it writes its record: of two
   * commits that are this near, the later may stand first in the log.
   */
  isNear(branch: string, moment: number, microseconds: number): boolean {
    return this.of(branch).some(
      ({ committedAt }) => Math.abs(committedAt - moment) < microseconds,
    );
  }
}
