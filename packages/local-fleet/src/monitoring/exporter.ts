import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { processMember } from '../framework/member';
import { repositoryRoot } from '../framework/paths';
import { writeOwnedFile } from '../framework/ownedFile';
import { runTool } from '../framework/runTool';
import { FleetContext, FleetMember } from '../framework/types';
import { DATABASE, PostgresqlMemberName } from '../postgresql/names';
import { roleSecret } from '../postgresql/provision';
import { answers, writeWebConfiguration } from './access';
import { needsQueryFile } from './exporterVersion';

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
  const withQueries = needsQueryFile(await version(context));
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

async function version(context: FleetContext): Promise<string> {
  return runTool(await context.tool('postgres-exporter'), ['--version'], {
    withErrorStream: true,
  });
}
