import { join } from 'node:path';
import { processMember } from '../framework/member';
import { writeOwnedFile } from '../framework/ownedFile';
import { FleetContext, FleetMember } from '../framework/types';
import { answers, writeWebConfiguration } from './access';

/** Alerts are read by the portal: the one receiver sends nothing anywhere. */
const CONFIGURATION = {
  route: {
    receiver: 'portal',
    group_by: ['alertname', 'database'],
    group_wait: '1s',
    group_interval: '10s',
  },
  receivers: [{ name: 'portal' }],
};

export async function alertmanager(
  context: FleetContext,
): Promise<FleetMember> {
  const name = 'fleet-alertmanager';
  const port = await context.port(name);
  const folder = await context.folder(`monitoring/${name}`, {
    owner: 'service',
  });
  const data = await context.folder(`monitoring/${name}/data`, {
    owner: 'service',
  });
  const file = join(folder, 'alertmanager.yml');
  return processMember({
    name,
    group: 'monitoring',
    ports: { https: port },
    process: context.process({
      name,
      command: await context.tool('alertmanager'),
      args: [
        `--config.file=${file}`,
        `--web.config.file=${join(folder, 'web.yml')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        `--storage.path=${data}`,
        '--cluster.listen-address=',
      ],
      asServiceUser: true,
      ready: () => answers(context, port, '/-/ready'),
      readySeconds: 30,
    }),
    beforeStart: async () => {
      await writeWebConfiguration(context, folder, name);
      await writeOwnedFile(context, file, JSON.stringify(CONFIGURATION));
    },
  });
}
