import { readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FleetProcess, LocalFleet, writeOwnedFile } from 'local-fleet';
import { RenderedHost } from './RenderedHost';

const REPLICATION_ROLE = 'replicator';
const POLL_MILLISECONDS = 250;
const WITHIN_SECONDS = 90;
/** Patroni looks and acts this often; the least it allows with a time-to-live of 20 s. */
const QUICK = { loop_wait: 2, ttl: 20, retry_timeout: 3 };

/** The fields of Patroni's `GET /cluster` that tests judge. */
interface ClusterView {
  readonly pause?: boolean;
  readonly members: readonly {
    readonly name: string;
    readonly role: string;
    readonly state: string;
    readonly timeline?: number;
  }[];
}

interface Member {
  readonly name: string;
  readonly apiPort: number;
  readonly port: number;
  readonly dataDirectory: string;
  readonly process: FleetProcess;
}

/**
 * Two nodes of a real Patroni, without another server for its state: the first
 * adopts a rendered host's PostgreSQL, the second is its standby.
 */
export class PatroniCluster {
  readonly #fleet: LocalFleet;
  readonly #host: RenderedHost;
  readonly #members: readonly Member[];

  /** Port of the REST API of a host's node, before there is one. */
  static async apiPort(fleet: LocalFleet, hostName: string): Promise<number> {
    return fleet.context.port(`${hostName}-patroni`);
  }

  /** Returns once one leads and the other streams from it. */
  static async adopt(
    fleet: LocalFleet,
    host: RenderedHost,
  ): Promise<PatroniCluster> {
    const hba = join(host.dataDirectory, 'pg_hba.conf');
    const rules = await readFile(hba, 'utf8');
    const password = await fleet.context.secret(`${host.name}-replicator`);
    await writeFile(
      hba,
      `hostssl replication ${REPLICATION_ROLE} 127.0.0.1/32 scram-sha-256\n${rules}`,
    );
    await host.sql(
      `CREATE ROLE ${REPLICATION_ROLE} LOGIN REPLICATION PASSWORD '${password}'`,
    );
    await host.stopPostgresql();
    const cluster = new PatroniCluster(
      fleet,
      host,
      await membersOf(fleet, host, password),
    );
    await cluster.#start();
    return cluster;
  }

  private constructor(
    fleet: LocalFleet,
    host: RenderedHost,
    members: readonly Member[],
  ) {
    this.#fleet = fleet;
    this.#host = host;
    this.#members = members;
  }

  async #start(): Promise<void> {
    const [first, second] = this.#members;
    await Promise.all([first, second].map(each => each.process.start()));
    await this.untilFollowed();
  }

  async #view(): Promise<ClusterView> {
    return JSON.parse(await this.#ask(this.#members[0], 'GET', '/cluster'));
  }

  /** As `patronictl pause --wait`: returns once every node says so. */
  async pause(): Promise<void> {
    await this.#setPause(true);
  }

  async resume(): Promise<void> {
    await this.#setPause(false);
  }

  async #setPause(pause: boolean): Promise<void> {
    await this.#configure({ pause: pause || null });
    await this.#until(`Patroni's pause is ${pause}`, async () => {
      const nodes = await Promise.all(
        this.#members.map(async each =>
          JSON.parse(await this.#ask(each, 'GET', '/patroni')),
        ),
      );
      return nodes.every(node => (node.pause ?? false) === pause);
    });
  }

  /** The nodes first have to agree among themselves. */
  async #configure(settings: object): Promise<void> {
    await this.#until('Patroni takes a setting', async () => {
      await this.#ask(this.#members[0], 'PATCH', '/config', settings);
      return true;
    });
  }

  /** Returns once the adopted server leads on a timeline. */
  async untilLeads(timeline: number): Promise<void> {
    await this.#until(
      `${this.#members[0].name} leads on timeline ${timeline}`,
      async () => {
        const { members } = await this.#view();
        return members.some(
          each =>
            each.name === this.#members[0].name &&
            each.role === 'leader' &&
            each.state === 'running' &&
            each.timeline === timeline,
        );
      },
    );
  }

  /** Returns once the standby streams from the adopted server. */
  async untilFollowed(): Promise<void> {
    const { name } = this.#members[1];
    await this.#until(
      `${name} streams`,
      async () =>
        (await this.#host.sql(
          `SELECT count(*) FROM pg_stat_replication WHERE application_name = '${name}' AND state = 'streaming' AND replay_lsn = pg_current_wal_lsn()`,
        )) === '1',
    );
  }

  /** Asks the standby, as superuser. */
  async standbySql(statement: string): Promise<string> {
    return this.#host.sql(statement, { port: this.#members[1].port });
  }

  /** As `patronictl reinit`: the standby's data are made anew from the leader. */
  async rebuildStandby(): Promise<void> {
    await this.#ask(this.#members[1], 'POST', '/reinitialize', { force: true });
    await this.untilFollowed();
  }

  /** Also what a paused Patroni would leave running. */
  async stop(): Promise<void> {
    for (const { process, dataDirectory } of [...this.#members].reverse()) {
      await process.stop();
      await this.#host.stopServerIn(dataDirectory);
    }
  }

  async #until(what: string, holds: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + WITHIN_SECONDS * 1000;
    let reason = 'it does not';
    for (;;) {
      try {
        if (await holds()) {
          return;
        }
      } catch (error) {
        reason = String(error);
      }
      if (Date.now() > deadline) {
        throw new Error(`${what}: not within ${WITHIN_SECONDS} s (${reason})`);
      }
      await sleep(POLL_MILLISECONDS);
    }
  }

  async #ask(
    { apiPort }: Member,
    method: string,
    path: string,
    body?: object,
  ): Promise<string> {
    return askApi(this.#fleet, apiPort, method, path, body);
  }
}

async function membersOf(
  fleet: LocalFleet,
  host: RenderedHost,
  password: string,
): Promise<readonly Member[]> {
  const { context } = fleet;
  const standbyName = `${host.name}-standby`;
  const places = [
    {
      name: host.name,
      port: host.port,
      dataDirectory: host.dataDirectory,
    },
    {
      name: standbyName,
      port: await context.port(`${standbyName}-pg`),
      dataDirectory: join(host.folder, 'standby'),
    },
  ];
  const raftPorts = await Promise.all(
    places.map(({ name }) => context.port(`${name}-raft`)),
  );
  const { certFile, keyFile } = await context.certificate(
    `${host.name}-patroni`,
    { owner: 'service' },
  );
  return Promise.all(
    places.map(async (place, index): Promise<Member> => {
      const { name, port, dataDirectory } = place;
      const apiPort = await PatroniCluster.apiPort(fleet, name);
      const folder = await context.folder(
        `hosts/${host.name}/patroni-${index + 1}`,
        { owner: 'service' },
      );
      const file = join(folder, 'patroni.json');
      // YAML reads JSON. Without the section "bootstrap" the standby founds no
      // cluster of its own. The adopted one has data already; it needs settings
      // to put into the cluster: where these are empty, a leader writes those it
      // knew last again and again, also over what somebody changes meanwhile.
      await writeOwnedFile(
        context,
        file,
        JSON.stringify({
          scope: host.name,
          name,
          ...(index === 0 && { bootstrap: { dcs: QUICK } }),
          restapi: {
            listen: `127.0.0.1:${apiPort}`,
            connect_address: `127.0.0.1:${apiPort}`,
            certfile: certFile,
            keyfile: keyFile,
          },
          raft: {
            data_dir: join(folder, 'raft'),
            self_addr: `127.0.0.1:${raftPorts[index]}`,
            partner_addrs: [`127.0.0.1:${raftPorts[1 - index]}`],
          },
          postgresql: {
            listen: `127.0.0.1:${port}`,
            connect_address: `127.0.0.1:${port}`,
            data_dir: dataDirectory,
            bin_dir: dirname(await context.tool('postgres')),
            pgpass: join(folder, 'pgpass'),
            use_unix_socket: true,
            authentication: {
              superuser: { username: host.account },
              replication: { username: REPLICATION_ROLE, password },
            },
            parameters: { unix_socket_directories: host.socketDirectory },
          },
        }),
      );
      return {
        ...place,
        apiPort,
        process: context.process({
          name: `${name}-patroni`,
          command: await context.tool('patroni'),
          args: [file],
          asServiceUser: true,
          cwd: folder,
          stopSeconds: 30,
          ready: async () => {
            await askApi(fleet, apiPort, 'GET', '/cluster');
            return true;
          },
          readySeconds: 60,
        }),
      };
    }),
  );
}

async function askApi(
  { context }: LocalFleet,
  port: number,
  method: string,
  path: string,
  body?: object,
): Promise<string> {
  const ca = await readFile(context.caFile, 'utf8');
  return new Promise((resolve, reject) => {
    const asked = request(
      { host: '127.0.0.1', port, method, path, ca, timeout: 10_000 },
      response => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', part => (text += part));
        response.on('end', () =>
          response.statusCode === 200
            ? resolve(text)
            : reject(new Error(`${path} gave ${response.statusCode}: ${text}`)),
        );
      },
    );
    asked.on('timeout', () => asked.destroy(new Error(`${path}: no answer`)));
    asked.on('error', reject);
    asked.end(body && JSON.stringify(body));
  });
}
