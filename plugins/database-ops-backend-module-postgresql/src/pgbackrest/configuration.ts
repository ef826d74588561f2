import { InputError } from '@backstage/errors';
import {
  OperateTarget,
  RepositoryDefinition,
} from 'backstage-plugin-database-ops-node';
import { PgBackRestConfig, PostgresqlConfig } from '../config';
import {
  cipherPassOf,
  hasSeveralRepositories,
  repositoryKey,
} from './repositories';
import { hostOptions } from './hosts';

/** Folders that pgBackRest writes to on the machine it runs on. */
export interface PgBackRestFolders {
  /** Shared by all runs for a database on this machine: two runs exclude each other by a lock file in it. */
  readonly lock: string;
  readonly log: string;
  readonly spool: string;
}

/** S3 that went away is noticed within this time per request; pgBackRest's own default is 60 s. */
const IO_TIMEOUT_SECONDS = 15;
const ARCHIVE_TIMEOUT_SECONDS = 60;
/**
 * While another repository does not answer, the database host finds that out
 * anew each time before it archives to this one: six requests' time-outs, and
 * a minute's pause of PostgreSQL's archiver between the attempts.
 */
const ARCHIVE_TIMEOUT_BESIDE_OTHERS_SECONDS = 240;
const DEFAULT_PROCESS_MAX = 2;

export function requirePgBackRest({
  database,
}: OperateTarget<PostgresqlConfig>): PgBackRestConfig {
  const { pgbackrest } = database.config;
  if (!pgbackrest) {
    throw new InputError(
      `Database '${database.id}' has no key postgresql.pgbackrest; add it to back up and restore.`,
    );
  }
  return pgbackrest;
}

/** How long `check` and `backup` wait for a WAL segment to reach the archive. */
export function archiveTimeoutSeconds({
  database,
}: OperateTarget<PostgresqlConfig>): number {
  return hasSeveralRepositories(database)
    ? ARCHIVE_TIMEOUT_BESIDE_OTHERS_SECONDS
    : ARCHIVE_TIMEOUT_SECONDS;
}

/** pgBackRest's `repo<key>-path`. */
export function repositoryPath(
  config: PgBackRestConfig,
  repository: RepositoryDefinition,
): string {
  return config.repositoryPath ?? `/${repository.prefix}pgbackrest`;
}

/**
 * Where pgBackRest's part is for our own object store, ending in a slash;
 * `undefined` where it lies outside of the repository's prefix.
 */
export function prefixInStore(
  target: OperateTarget<PostgresqlConfig>,
): string | undefined {
  const path = repositoryPath(requirePgBackRest(target), target.repository);
  const root = `/${target.repository.prefix}`;
  return path.startsWith(root) ? `${path.slice(root.length)}/` : undefined;
}

/** The repository's options without secrets, as `[option, value]`. */
export function repositoryOptions(
  target: OperateTarget<PostgresqlConfig>,
): readonly (readonly [string, string])[] {
  const { repository } = target;
  const config = requirePgBackRest(target);
  const endpoint = new URL(
    repository.endpoint ?? `https://s3.${repository.region}.amazonaws.com`,
  );
  if (endpoint.protocol !== 'https:') {
    throw new InputError(
      `Repository '${repository.id}' has the endpoint ${endpoint.origin}; pgBackRest needs an https endpoint.`,
    );
  }
  const repo = `repo${repositoryKey(target)}`;
  return [
    [`${repo}-type`, 's3'],
    [`${repo}-path`, repositoryPath(config, repository)],
    [`${repo}-s3-bucket`, repository.bucket],
    [`${repo}-s3-endpoint`, endpoint.hostname],
    ...(endpoint.port
      ? ([[`${repo}-storage-port`, endpoint.port]] as const)
      : []),
    [`${repo}-s3-region`, repository.region],
    [`${repo}-s3-uri-style`, repository.forcePathStyle ? 'path' : 'host'],
    ...(repository.caFile
      ? ([[`${repo}-storage-ca-file`, repository.caFile]] as const)
      : []),
    [`${repo}-cipher-type`, cipherPassOf(target) ? 'aes-256-cbc' : 'none'],
    [`${repo}-bundle`, 'y'],
  ];
}

/**
 * A whole configuration file, secrets included: it belongs in a private file.
 *
 * @param place - `repository-host`: the worker reaches the database host over
 * TLS; `restore`: everything happens on this machine (pgBackRest refuses to
 * restore where a database host is named)
 */
export function renderConfiguration(
  target: OperateTarget<PostgresqlConfig>,
  place:
    | { readonly kind: 'repository-host' }
    | { readonly kind: 'restore'; readonly dataDirectory: string },
  folders: PgBackRestFolders,
): string {
  const { repository } = target;
  const config = requirePgBackRest(target);
  const repo = `repo${repositoryKey(target)}`;
  const cipherPass = cipherPassOf(target);
  const options: (readonly [string, string])[] = [
    ...repositoryOptions(target),
    [`${repo}-s3-key`, repository.accessKeyId.reveal()],
    [`${repo}-s3-key-secret`, repository.secretAccessKey.reveal()],
    ...(cipherPass
      ? ([[`${repo}-cipher-pass`, cipherPass.reveal()]] as const)
      : []),
    ['compress-type', 'zst'],
    ['start-fast', 'y'],
    ['process-max', String(config.processMax ?? DEFAULT_PROCESS_MAX)],
    ['io-timeout', String(IO_TIMEOUT_SECONDS)],
    ['archive-timeout', String(archiveTimeoutSeconds(target))],
    // Retention is an operation of its own.
    ['expire-auto', 'n'],
    [`${repo}-retention-full`, '9999999'],
    ['lock-path', folders.lock],
    ['log-path', folders.log],
    ['spool-path', folders.spool],
    ['log-level-file', 'off'],
    ['log-timestamp', 'n'],
  ];
  const stanza: readonly (readonly [string, string])[] =
    place.kind === 'restore'
      ? [['pg1-path', place.dataDirectory]]
      : hostOptions(config);
  const lines = (pairs: readonly (readonly [string, string])[]) =>
    pairs.map(([option, value]) => {
      if (/[\r\n]/.test(value)) {
        throw new InputError(
          `The value for pgBackRest's option ${option} has a line break; correct it in the configuration.`,
        );
      }
      return `${option}=${value}`;
    });
  return [
    '[global]',
    ...lines(options),
    '',
    `[${config.stanza}]`,
    ...lines(stanza),
    '',
  ].join('\n');
}
