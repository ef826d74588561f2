import { dirname, join } from 'node:path';
import { NotFoundError } from '@backstage/errors';
import {
  DatabaseDefinition,
  HostFacts,
  RepositoryDefinition,
} from 'backstage-plugin-database-ops-node';
import { PgBackRestConfig, PostgresqlConfig } from '../config';
import { hostsOf, PgBackRestHost } from '../pgbackrest/hosts';

/** Files on the database host; all in the folder of pgBackRest's configuration. */
interface HostFiles {
  readonly folder: string;
  readonly archiving: string;
  readonly secrets: string;
  readonly settings: string;
  readonly access: string;
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

/** Everything that sections are rendered from. */
export interface HostPlan {
  readonly database: DatabaseDefinition<PostgresqlConfig>;
  readonly repositories: readonly RepositoryDefinition[];
  readonly pgbackrest: PgBackRestConfig;
  readonly host: PgBackRestHost;
  readonly files: HostFiles;
  readonly facts: Required<Omit<HostFacts, 'host'>>;
}

/** @throws NotFoundError naming the hosts that there are */
export function planOf(
  database: DatabaseDefinition<PostgresqlConfig>,
  pgbackrest: PgBackRestConfig,
  repositories: readonly RepositoryDefinition[],
  facts: HostFacts,
): HostPlan {
  const hosts = hostsOf(pgbackrest);
  const host = facts.host
    ? hosts.find(each => each.host === facts.host)
    : hosts[0];
  if (!host) {
    throw new NotFoundError(
      `Database '${database.id}' has no host '${facts.host}' below postgresql.pgbackrest; it has ${hosts.map(each => each.host).join(', ')}.`,
    );
  }
  const folder = dirname(host.serverConfig);
  return {
    database,
    repositories,
    pgbackrest,
    host,
    files: {
      folder,
      archiving: join(folder, 'pgbackrest.conf'),
      secrets: join(folder, 'conf.d', 'repository-secrets.conf'),
      settings: join(folder, 'database-ops.postgresql.conf'),
      access: join(folder, 'database-ops.pg_hba.conf'),
      caFile: join(folder, 'ca.crt'),
      certFile: join(folder, 'server.crt'),
      keyFile: join(folder, 'server.key'),
    },
    facts: {
      account: facts.account ?? 'postgres',
      workerName: facts.workerName ?? 'dbops-worker',
      portalNetwork: facts.portalNetwork ?? 'samenet',
      spoolDirectory: facts.spoolDirectory ?? '/var/spool/pgbackrest',
      libraries: facts.libraries ?? [],
    },
  };
}
