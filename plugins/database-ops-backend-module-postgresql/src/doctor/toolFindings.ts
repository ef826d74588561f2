import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { toError } from '@backstage/errors';
import { Signal } from 'backstage-plugin-database-ops-common';
import {
  OperateTarget,
  OperationFailedError,
  repositoryKeys,
  RunContext,
} from 'backstage-plugin-database-ops-node';
import { PgBackRestConfig, PostgresqlConfig } from '../config';
import { hostsOf, PgBackRestHost } from '../pgbackrest/hosts';
import { PgBackRest } from '../pgbackrest/PgBackRest';
import { finding } from './finding';

const CONNECT_TIMEOUT_MILLISECONDS = 5_000;
const CHECK_TIMEOUT_SECONDS = 60;
/** pgBackRest's check switches a segment whatever it is told, so it may as well arrive. */
const ARRIVAL_SECONDS = 20;
const DAY_MILLISECONDS = 86_400_000;
/** As the signal of PostgreSQL's own certificates. */
const CERTIFICATE_WARNING_DAYS = 21;

/** Whether pgBackRest's server on a host answers, with a certificate that pgBackRest accepts. */
export async function serverFinding(
  config: PgBackRestConfig,
  host: PgBackRestHost,
  now: Date,
): Promise<Signal> {
  const where = `${host.host}:${host.port}`;
  const about = {
    id: `pgbackrest-server.${host.host}`,
    title: `pgBackRest's server on ${host.host}`,
  };
  try {
    const certificate = await certificateOf(config, host);
    const names = certificate.subjectAltName ?? '';
    const days = Math.floor(
      (Date.parse(certificate.validTo) - now.getTime()) / DAY_MILLISECONDS,
    );
    if (!names.split(', ').includes(`DNS:${host.host}`)) {
      return finding({
        ...about,
        status: 'critical',
        sentence: `The certificate of ${where} has the names ${names || '(none)'}, not DNS:${host.host}.`,
        nextStep:
          'Make one that has it as a DNS name, or correct pgbackrest.host.',
      });
    }
    return finding({
      ...about,
      status: days < CERTIFICATE_WARNING_DAYS ? 'warning' : 'ok',
      sentence: `${where} answers with a certificate of that name; it ends in ${days} days.`,
      nextStep: 'Make a new one and reload the server.',
    });
  } catch (error) {
    return finding({
      ...about,
      status: 'critical',
      sentence: `pgBackRest's server cannot be reached on ${where}: ${toError(error).message}.`,
      nextStep:
        'Start its unit on the database host; check certificates and the way there.',
    });
  }
}

async function certificateOf(
  config: PgBackRestConfig,
  host: PgBackRestHost,
): Promise<X509Certificate> {
  const [ca, cert, key] = await Promise.all(
    [config.caFile, config.certFile, config.keyFile].map(file =>
      readFile(file),
    ),
  );
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: host.host,
      port: host.port,
      ca,
      cert,
      key,
      // Judged by the caller: pgBackRest matches DNS names only.
      checkServerIdentity: () => undefined,
      timeout: CONNECT_TIMEOUT_MILLISECONDS,
    });
    socket.once('secureConnect', () => {
      const certificate = socket.getPeerX509Certificate();
      socket.destroy();
      if (certificate) {
        resolve(certificate);
      } else {
        reject(new Error('it showed no certificate'));
      }
    });
    socket.once('timeout', () => {
      socket.destroy(new Error('no answer in time'));
    });
    socket.once('error', reject);
  });
}

/** The store, the stanza in it, and what pgBackRest itself says of the whole. */
export async function repositoryFindings(
  target: OperateTarget<PostgresqlConfig>,
  systemId: string | undefined,
  context: RunContext,
): Promise<readonly Signal[]> {
  const { id } = target.repository;
  const store = await attempt(
    { id: `store.${id}`, title: `Object store of ${id}` },
    async () => {
      await context.store.get(repositoryKeys.inventory(target.database.id));
      return {
        status: 'ok' as const,
        sentence: `The object store of repository '${id}' answers.`,
      };
    },
  );
  if (store.status !== 'ok') {
    // pgBackRest would try for minutes to say the same.
    return [store];
  }
  const pgbackrest = await PgBackRest.create(target, context);
  const { stanza } = pgbackrest.config;
  return [
    store,
    await attempt(
      { id: `stanza.${id}`, title: `Stanza in ${id}` },
      async () => {
        const found = await pgbackrest.info();
        if (!found) {
          return {
            status: 'warning' as const,
            sentence: `Repository '${id}' has no stanza '${stanza}' yet.`,
            nextStep: 'Take a backup: the first one makes it.',
          };
        }
        const known = found.db.at(-1)?.['system-id'];
        if (systemId !== undefined && String(known) !== systemId) {
          return {
            status: 'critical' as const,
            sentence: `The stanza '${stanza}' in repository '${id}' is of system ${known}, the database is ${systemId}.`,
            nextStep:
              'Correct pgbackrest.stanza or repositoryPath: two databases must not share a stanza.',
          };
        }
        return {
          status: 'ok' as const,
          sentence: `The stanza '${stanza}' in repository '${id}' is of this system (${known}) and has ${found.backup.length} backups.`,
        };
      },
    ),
    await attempt(
      { id: `pgbackrest.${id}`, title: `pgBackRest with ${id}` },
      async () => {
        const version = await versionOf(pgbackrest.config, context);
        await pgbackrest.run({
          command: 'check',
          args: [`--archive-timeout=${ARRIVAL_SECONDS}`],
          timeoutSeconds: CHECK_TIMEOUT_SECONDS,
        });
        return {
          status: 'ok' as const,
          sentence: `pgBackRest ${version} on both machines; the server lets this worker at the stanza '${stanza}', version and system agree, and WAL arrives.`,
        };
      },
    ),
  ];
}

type Judged = Omit<Parameters<typeof finding>[0], 'id' | 'title'>;

async function attempt(
  about: { readonly id: string; readonly title: string },
  look: () => Promise<Judged>,
): Promise<Signal> {
  try {
    return finding({ ...about, ...(await look()) });
  } catch (error) {
    if (error instanceof OperationFailedError) {
      const { cause, nextStep } = error.failure;
      return finding({
        ...about,
        status: 'critical',
        sentence: cause,
        nextStep,
      });
    }
    throw error;
  }
}

async function versionOf(
  { command = 'pgbackrest' }: PgBackRestConfig,
  { processes, signal }: RunContext,
): Promise<string> {
  const { stdout } = await processes.run({
    command,
    args: ['version'],
    cwd: '/',
    timeoutSeconds: 10,
    signal,
  });
  return stdout.replace(/^pgBackRest\s+/, '').trim();
}

/** Of the database host only its own files tell; they are read where this is that host. */
export async function asyncFinding(
  config: PgBackRestConfig,
  archiveCommand: string,
): Promise<Signal> {
  const about = { id: 'archive-async', title: 'Asynchronous archiving' };
  const file = archiveConfigOf(archiveCommand);
  if (/--archive-async\b/.test(archiveCommand)) {
    return finding({
      ...about,
      status: 'ok',
      sentence: 'archive_command asks for it.',
    });
  }
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    return finding({
      ...about,
      status: 'unknown',
      sentence: `It stands in ${file} on ${hostsOf(config)
        .map(({ host }) => host)
        .join(
          ' or ',
        )}, which is not seen from here (${toError(error).message}).`,
      nextStep: `Look there for archive-async=y and a spool-path.`,
    });
  }
  const isAsync = /^\s*archive-async\s*=\s*y\s*$/m.test(text);
  const [, spool] = /^\s*spool-path\s*=\s*(\S+)/m.exec(text) ?? [];
  return finding({
    ...about,
    status: isAsync ? 'ok' : 'warning',
    sentence: isAsync
      ? `${file} asks for it, with the spool in ${spool ?? '/var/spool/pgbackrest'}.`
      : `${file} does not set archive-async=y: segments are sent one by one, and a burst of writes piles up.`,
    nextStep: 'Set archive-async=y and spool-path as rendered.',
  });
}

function archiveConfigOf(command: string): string {
  const [, path] = /--config=("?)([^"\s]+)\1/.exec(command)?.slice(1) ?? [];
  const [, folder = '/etc/pgbackrest'] =
    /--config-path=("?)([^"\s]+)\1/.exec(command)?.slice(1) ?? [];
  return path ?? join(folder, 'pgbackrest.conf');
}
