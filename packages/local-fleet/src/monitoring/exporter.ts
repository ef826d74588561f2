import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { processMember } from '../framework/member';
import { repositoryRoot } from '../framework/paths';
import { writeOwnedFile } from '../framework/ownedFile';
import { runAsService } from '../framework/runAsService';
import { FleetContext, FleetMember } from '../framework/types';
import { DATABASE, PostgresqlMemberName } from '../postgresql/names';
import { roleSecret } from '../postgresql/provision';
import { answers, writeWebConfiguration } from './access';

/** The last version whose built-in metrics need the queries of this repository beside them. */
const LAST_WITH_QUERY_FILE = [0, 11] as const;

/** A PostgreSQL exporter for one member, as the monitoring role. */
export async function postgresExporter(
  context: FleetContext,
  name: string,
  member: PostgresqlMemberName,
): Promise<FleetMember> {
  const port = await context.port(name);
  const folder = await context.folder(`monitoring/${name}`, {
    owner: 'service',
  });
  const passwordFile = join(folder, 'password');
  const queryFile = join(folder, 'queries.yml');
  const withQueries = await needsQueryFile(context);
  return processMember({
    name,
    group: 'monitoring',
    ports: { https: port },
    process: context.process({
      name,
      command: await context.tool('postgres-exporter'),
      args: [
        `--web.listen-address=127.0.0.1:${port}`,
        `--web.config.file=${join(folder, 'web.yml')}`,
        ...(withQueries ? [`--extend.query-path=${queryFile}`] : []),
      ],
      env: {
        DATA_SOURCE_URI: `127.0.0.1:${await context.port(
          member,
        )}/${DATABASE}?sslmode=verify-full&sslrootcert=${context.caFile}`,
        DATA_SOURCE_USER: 'dbops_monitor',
        DATA_SOURCE_PASS_FILE: passwordFile,
      },
      asServiceUser: true,
      stopSeconds: 2,
      ready: () => answers(context, port, '/metrics'),
      readySeconds: 30,
    }),
    beforeStart: async () => {
      await writeWebConfiguration(context, folder, name);
      await writeOwnedFile(
        context,
        passwordFile,
        await context.secret(roleSecret('dbops_monitor')),
      );
      await copyFile(
        join(
          repositoryRoot(),
          'monitoring/exporters/postgres_exporter-0.11.yaml',
        ),
        queryFile,
      );
    },
  });
}

async function needsQueryFile(context: FleetContext): Promise<boolean> {
  const output = await runAsService(context, 'postgres-exporter', [
    '--version',
  ]);
  const [, major, minor] = /version (\d+)\.(\d+)/.exec(output) ?? [];
  const [lastMajor, lastMinor] = LAST_WITH_QUERY_FILE;
  return Number(major) === lastMajor && Number(minor) <= lastMinor;
}
