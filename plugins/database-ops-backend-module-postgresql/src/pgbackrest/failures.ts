import { OperationFailure } from 'backstage-plugin-database-ops-common';

/** What a failed run of pgBackRest was about. */
export interface FailedRun {
  /** pgBackRest's command, for example `backup`. */
  readonly command: string;
  readonly exitCode: number;
  /** What it printed, secrets redacted. */
  readonly output: string;
  readonly stanza: string;
  readonly repositoryId: string;
  readonly bucket: string;
  /** `host:port` of pgBackRest's TLS server; where there are several hosts, of each, joined by ` and `. */
  readonly server: string;
}

interface Explanation {
  readonly cause: string;
  readonly object?: string;
  readonly nextStep: string;
}

/** Causes that pgBackRest's text names more exactly than its exit code. */
const BY_TEXT: readonly {
  readonly pattern: RegExp;
  readonly explain: (run: FailedRun) => Explanation;
}[] = [
  {
    pattern: /does not match pg_control timeline/,
    explain: ({ server }) => ({
      cause: `The primary (${hostOf(server)}) was promoted a short time ago, and its control file still tells the former timeline.`,
      object: hostOf(server),
      nextStep:
        'Start it again: the checkpoint that this attempt made has brought the control file up to date.',
    }),
  },
  {
    pattern: /more than one primary cluster found/,
    explain: ({ server }) => ({
      cause: `More than one database host has a primary (${server}): two servers write histories of their own.`,
      object: server,
      nextStep:
        'Find out which one the applications use, stop the other, then start it again.',
    }),
  },
  {
    pattern: /InvalidAccessKeyId|SignatureDoesNotMatch/,
    explain: ({ repositoryId }) => ({
      cause: `The object store refused the credentials of repository '${repositoryId}'.`,
      object: repositoryId,
      nextStep:
        'Correct accessKeyId and secretAccessKey of the repository, then start it again.',
    }),
  },
  {
    pattern: /NoSuchBucket/,
    explain: ({ repositoryId, bucket }) => ({
      cause: `The bucket '${bucket}' of repository '${repositoryId}' does not exist.`,
      object: bucket,
      nextStep:
        'Create the bucket or correct the name in the configuration, then start it again.',
    }),
  },
  {
    pattern: /HTTP request failed with 403|AccessDenied/,
    explain: ({ repositoryId, bucket }) => ({
      cause: `The object store denied access to the bucket '${bucket}' of repository '${repositoryId}'.`,
      object: bucket,
      nextStep:
        "Give the repository's key the rights to list, read, write and delete there, and read the bucket's policy.",
    }),
  },
  {
    pattern: /unable to find hostname '([^']*)' in certificate/,
    explain: ({ output, server }) => {
      const [, name = server] =
        /unable to find hostname '([^']*)' in certificate/.exec(output) ?? [];
      return {
        cause: `The certificate of '${name}' does not carry that name.`,
        object: name,
        nextStep:
          'Configure a host name that the certificate carries as a DNS name: pgBackRest does not match addresses.',
      };
    },
  },
  {
    pattern: /unable to acquire (pgBackRest advisory )?lock/,
    explain: ({ stanza, server }) => ({
      cause: `Another run of pgBackRest for the stanza '${stanza}' holds its lock on this machine or on the database host (${server}).`,
      object: stanza,
      nextStep:
        'Wait until it has ended (what a killed run leaves lets go after about 45 s), then start it again.',
    }),
  },
  {
    pattern: /No space left on device/,
    explain: ({ output }) => {
      const [, file] =
        /'(\/[^']+)'[^\n']*No space left on device/.exec(output) ?? [];
      return {
        cause: 'The disk is full.',
        object: file,
        nextStep: `Free space on the disk ${file ? `of ${file}` : 'that the log names'}, then start it again.`,
      };
    },
  },
  {
    pattern: /unable to decrypt|cipher header invalid|CryptoError/i,
    explain: ({ repositoryId }) => ({
      cause: `What lies in repository '${repositoryId}' cannot be decrypted with the configured passphrase.`,
      object: repositoryId,
      nextStep:
        "Correct pgbackrest.cipherPass: it must be the passphrase that the database host's archiving uses.",
    }),
  },
  {
    // pgBackRest's server was reached; it is PostgreSQL beside it that does not answer.
    pattern: /unable to connect to 'dbname=/,
    explain: ({ server }) => ({
      cause: `pgBackRest cannot connect to PostgreSQL on the database host (${hostOf(server)}).`,
      object: hostOf(server),
      nextStep:
        'Start PostgreSQL there, or correct pgbackrest.databasePort and socketDirectory and let its account in by pg_hba.conf; then start it again.',
    }),
  },
  {
    pattern: /access denied|not authorized for|is not authori[sz]ed/i,
    explain: ({ stanza, server }) => ({
      cause: `pgBackRest's server ${server} does not let this worker at the stanza '${stanza}'.`,
      object: stanza,
      nextStep:
        "Correct pgbackrest.stanza, or add it to tls-server-auth for the certificate's common name on the database host.",
    }),
  },
  {
    pattern:
      /unable to connect to '([^']+)'|unable to get address for|HostConnectError/,
    explain: run => {
      const [, address = run.server] =
        /unable to connect to '([^']+)'/.exec(run.output) ?? [];
      const isServer = run.server
        .split(' and ')
        .some(server => address.endsWith(`:${server.split(':').at(-1)}`));
      return isServer
        ? {
            cause: `pgBackRest's server on the database host (${address}) cannot be reached.`,
            object: address,
            nextStep: `Start "pgbackrest server" on the database host and check the way to it, then start it again.`,
          }
        : {
            cause: `The object store of repository '${run.repositoryId}' (${address}) cannot be reached.`,
            object: run.repositoryId,
            nextStep:
              'Start the store or correct the endpoint, then start it again.',
          };
    },
  },
  {
    // Last: it also follows each of the above that keeps pgBackRest from asking.
    pattern: /unable to find primary cluster/,
    explain: ({ server }) => ({
      cause: `PostgreSQL on the database host (${hostOf(server)}) is a standby; backups are taken from the primary.`,
      object: hostOf(server),
      nextStep:
        'Set pgbackrest.host, with dataDirectory and databasePort, to the host of the primary (after a failover it is another one), then start it again.',
    }),
  },
];

/** pgBackRest's exit codes; the numbers are those of its source file `error.yaml`. */
const BY_CODE: Readonly<Record<number, (run: FailedRun) => Explanation>> = {
  27: ({ server, stanza }) => ({
    cause: `pgBackRest's server ${server} or the repository denied access.`,
    object: stanza,
    nextStep:
      "Check tls-server-auth on the database host for this worker's certificate, and the repository's key.",
  }),
  28: () => ({
    cause:
      'The stanza in the repository belongs to another database or version.',
    nextStep:
      'Check that pgbackrest.stanza and members name the same database; after an upgrade run "pgbackrest stanza-upgrade".',
  }),
  29: () => ({
    cause: 'pgBackRest refused the restore target.',
    nextStep: 'Choose a backup from the list and start the restore again.',
  }),
  31: invalidOption,
  32: invalidOption,
  33: invalidOption,
  37: invalidOption,
  39: ({ repositoryId, bucket }) => ({
    cause: `A file was not found or refused in bucket '${bucket}' of repository '${repositoryId}'.`,
    object: bucket,
    nextStep:
      'Check that the bucket exists and that the key may write there, then start it again.',
  }),
  40: () => ({
    cause: 'The place to restore to is not empty.',
    nextStep: 'Discard what lies there, or start a new restore.',
  }),
  41: () => ({
    cause: 'A folder is missing, or pgBackRest may not write to it.',
    nextStep:
      'Check that the folder the log names exists and belongs to the account that runs pgBackRest.',
  }),
  49: ({ repositoryId }) => ({
    cause: `The object store of repository '${repositoryId}' stopped answering.`,
    object: repositoryId,
    nextStep: 'Check the store and the way to it, then start it again.',
  }),
  50: ({ stanza }) => ({
    cause: `Another run of pgBackRest for the stanza '${stanza}' holds its lock on this machine.`,
    object: stanza,
    nextStep:
      'Wait until it has ended (a killed run lets go after about 45 s), then start it again.',
  }),
  55: ({ stanza }) => ({
    cause: `The stanza '${stanza}' is not in the repository.`,
    object: stanza,
    nextStep:
      'Correct pgbackrest.stanza and repositoryPath; a first backup creates a new stanza.',
  }),
  56: ({ server, stanza }) => ({
    cause: `The database host (${server}) reported an error: another run holds the lock there, or its pgBackRest is not set up for the stanza '${stanza}'.`,
    object: stanza,
    nextStep:
      'Read the last lines of the log: wait for the other run, or correct the stanza and the server configuration.',
  }),
  62: ({ stanza }) => ({
    cause: `pgBackRest is stopped for the stanza '${stanza}' (someone ran "pgbackrest stop").`,
    object: stanza,
    nextStep:
      'Find out why, then run "pgbackrest start" on the database host and on this machine.',
  }),
  63: () => ({
    cause: 'pgBackRest was ended by a signal.',
    nextStep: 'Start it again.',
  }),
  72: () => ({
    cause: 'pgBackRest refused the configuration of the restore.',
    nextStep: 'Report the log: a restore must not name a database host.',
  }),
  75: () => ({
    cause: 'No backup is old enough for the restore target.',
    nextStep: 'Choose a backup from the list and start the restore again.',
  }),
  82: ({ stanza }) => ({
    cause: `A WAL segment did not reach the archive of the stanza '${stanza}' in time.`,
    object: stanza,
    nextStep:
      "Read PostgreSQL's log on the database host: archive_command fails or is not pgBackRest for this stanza and repository.",
  }),
  87: ({ stanza }) => ({
    cause: `PostgreSQL on the database host does not archive to the stanza '${stanza}'.`,
    object: stanza,
    nextStep: 'Set archive_mode to on, restart PostgreSQL, and start it again.',
  }),
  68: ({ stanza }) => ({
    cause: `archive_command on the database host is not pgBackRest for the stanza '${stanza}'.`,
    object: stanza,
    nextStep:
      'Set archive_command to "pgbackrest --stanza=… archive-push %p" and start it again.',
  }),
  99: ({ repositoryId }) => ({
    cause: `The repository '${repositoryId}' cannot be read.`,
    object: repositoryId,
    nextStep:
      'Check that the object store answers and that the endpoint, bucket and passphrase are right, then start it again.',
  }),
  102: ({ stanza }) => ({
    cause: `pgBackRest cannot read its information about the stanza '${stanza}' in the repository.`,
    object: stanza,
    nextStep:
      'Check the passphrase and that nothing else deletes from the repository; then run "pgbackrest info" by hand.',
  }),
  103: ({ stanza }) => ({
    cause: `The stanza '${stanza}' has no valid information file in the repository, or it cannot be decrypted.`,
    object: stanza,
    nextStep:
      'Check bucket, repositoryPath, stanza and passphrase; a first backup creates a new stanza.',
  }),
  106: () => ({
    cause:
      'An earlier aborted backup left a newer label than this one would have.',
    nextStep: 'Take a full backup: it gets past it.',
  }),
};

/** The second is what it says when none of the hosts answered at all. */
const NO_PRIMARY = /unable to find primary cluster|no database found/;

/** Of several hosts the reasons belong together; what went wrong at one alone explains nothing. */
function noPrimaryAmong({
  server,
  output,
}: FailedRun): Explanation | undefined {
  const hosts = server.split(' and ');
  if (hosts.length < 2 || !NO_PRIMARY.test(output)) {
    return undefined;
  }
  const reasons = hosts.map((_host, index) => {
    const [, said = 'a standby'] =
      new RegExp(`unable to check pg${index + 1}: \\[\\w+\\] ([^\\n]*)`).exec(
        output,
      ) ?? [];
    return said.slice(0, 200).trim();
  });
  if (new Set(reasons).size === 1 && reasons[0] !== 'a standby') {
    // What all of them say alike is about none of them.
    return undefined;
  }
  const told = hosts.map((host, index) => `${host}: ${reasons[index]}`);
  return {
    cause: `None of the database hosts has a primary that pgBackRest can use (${told.join('; ')}).`,
    object: server,
    nextStep:
      'Start PostgreSQL and "pgbackrest server" on the host of the primary, or promote a standby; then start it again.',
  };
}

/** A host that could not be asked explains a failure only where no other was the primary. */
function withoutOtherHosts(output: string): string {
  return NO_PRIMARY.test(output) || errorText(output) === undefined
    ? output
    : output.replace(/^.*unable to check pg\d+: .*$/gm, '');
}

/** Without the port of pgBackRest's server, which says nothing about PostgreSQL. */
function hostOf(server: string): string {
  return server.replace(/:\d+(?= and |$)/g, '');
}

function invalidOption({ command }: FailedRun): Explanation {
  return {
    cause: `pgBackRest refused an option of "${command}".`,
    nextStep:
      'Read the log for the option, and correct the database or repository in the configuration.',
  };
}

/** The sentences after `ERROR:` that pgBackRest printed, the exact one first. */
export function errorText(output: string): string | undefined {
  const lines = output.split('\n').map(line => line.trim());
  const start = lines.findIndex(line => /\bERROR: \[\d+\]:/.test(line));
  if (start < 0) {
    return undefined;
  }
  const text = lines[start].replace(/^.*?ERROR: \[\d+\]: /, '');
  const more = lines
    .slice(start + 1)
    .filter(line => /^(DETAIL|HINT):? /.test(line))
    .slice(0, 1);
  return [text, ...more].join(' ').slice(0, 500);
}

/** Cause, object and next step of a failed run. */
export function explainFailure(failed: FailedRun): OperationFailure {
  const run = { ...failed, output: withoutOtherHosts(failed.output) };
  const found = noPrimaryAmong(run) ??
    BY_TEXT.find(({ pattern }) => pattern.test(run.output))?.explain(run) ??
    BY_CODE[run.exitCode]?.(run) ?? {
      cause: `pgBackRest's "${run.command}" failed with exit code ${run.exitCode}.`,
      nextStep:
        'Read the log of the operation, remove the cause, and start it again.',
    };
  const said = errorText(run.output);
  return {
    cause: said ? `${found.cause} pgBackRest says: ${said}` : found.cause,
    object: found.object ?? run.stanza,
    nextStep: found.nextStep,
    code: `pgbackrest-${run.exitCode}`,
  };
}
