import { copyFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { processMember } from '../framework/member';
import { repositoryRoot } from '../framework/paths';
import { writeOwnedFile } from '../framework/ownedFile';
import { FleetContext, FleetMember } from '../framework/types';
import { DATABASE_ID } from '../postgresql/names';
import {
  answers,
  clientOptions,
  MONITORING_SECRET,
  writeWebConfiguration,
} from './access';

/** A person watching a page expects a stopped server to show within half a minute. */
export const SCRAPE_INTERVAL_SECONDS = 5;
const INTERVAL = `${SCRAPE_INTERVAL_SECONDS}s`;
const RETENTION = '7d';

/** A server that Prometheus scrapes for the `postgresql` job. */
export interface ScrapedMember {
  readonly member: string;
  readonly exporterPort: number;
}

export async function prometheus(
  context: FleetContext,
  scraped: readonly ScrapedMember[],
): Promise<FleetMember> {
  const name = 'fleet-prometheus';
  const port = await context.port(name);
  const folder = await context.folder(`monitoring/${name}`, {
    owner: 'service',
  });
  const data = await context.folder(`monitoring/${name}/data`, {
    owner: 'service',
  });
  const file = join(folder, 'prometheus.yml');
  return processMember({
    name,
    group: 'monitoring',
    ports: { https: port },
    process: context.process({
      name,
      command: await context.tool('prometheus'),
      args: [
        `--config.file=${file}`,
        `--web.config.file=${join(folder, 'web.yml')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        `--storage.tsdb.path=${data}`,
        `--storage.tsdb.retention.time=${RETENTION}`,
      ],
      asServiceUser: true,
      ready: () => answers(context, port, '/-/ready'),
      readySeconds: 60,
    }),
    beforeStart: async () => {
      await writeWebConfiguration(context, folder, name);
      const passwordFile = join(folder, 'password');
      await writeOwnedFile(
        context,
        passwordFile,
        await context.secret(MONITORING_SECRET),
      );
      await copyRules(context, folder);
      await writeOwnedFile(
        context,
        file,
        JSON.stringify(await configuration(context, passwordFile, scraped)),
      );
    },
  });
}

/** The service user may not reach the checkout: Prometheus gets copies. */
async function copyRules(context: FleetContext, folder: string): Promise<void> {
  const target = join(folder, 'rules');
  await rm(target, { recursive: true, force: true });
  await context.folder('monitoring/fleet-prometheus/rules');
  const source = join(repositoryRoot(), 'monitoring', 'rules');
  for (const file of await readdir(source)) {
    if (file.endsWith('.yml')) {
      await copyFile(join(source, file), join(target, file));
    }
  }
}

/** JSON is YAML too. */
async function configuration(
  context: FleetContext,
  passwordFile: string,
  scraped: readonly ScrapedMember[],
): Promise<unknown> {
  const secured = clientOptions(context, passwordFile);
  const loopback = (port: number) => `127.0.0.1:${port}`;
  return {
    global: { scrape_interval: INTERVAL, evaluation_interval: INTERVAL },
    rule_files: ['rules/*.yml'],
    alerting: {
      alertmanagers: [
        {
          ...secured,
          static_configs: [
            { targets: [loopback(await context.port('fleet-alertmanager'))] },
          ],
        },
      ],
    },
    scrape_configs: [
      {
        job_name: 'postgresql',
        ...secured,
        static_configs: scraped.map(({ member, exporterPort }) => ({
          targets: [loopback(exporterPort)],
          labels: { database: DATABASE_ID, member },
        })),
      },
      {
        // The portal opens its metrics on loopback only, without TLS. It names
        // databases itself, so its labels stand.
        job_name: 'database-ops',
        honor_labels: true,
        static_configs: [
          { targets: [loopback(await context.port('portal-metrics'))] },
        ],
      },
      {
        job_name: 'prometheus',
        ...secured,
        static_configs: [
          { targets: [loopback(await context.port('fleet-prometheus'))] },
        ],
      },
    ],
  };
}
