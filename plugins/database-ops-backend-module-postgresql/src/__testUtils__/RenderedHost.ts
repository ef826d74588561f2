import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { JsonObject } from '@backstage/types';
import {
  DatabaseDefinition,
  LocalProcessRunner,
  OperateTarget,
  renderSection,
  RepositoryDefinition,
} from 'backstage-plugin-database-ops-node';
import { fleetRepository } from 'backstage-plugin-database-ops-node/testing';
import { LocalFleet } from 'local-fleet';
import { PostgresqlConfig, readPostgresqlConfig } from '../config';
import { hostConfiguration } from '../host-setup/hostConfiguration';
import { serverPid } from '../restore/serverPid';
import { scramVerifier } from '../rotation/scramVerifier';

const DATABASE = 'app';
export const FIRST_PASSWORD = 'first-password-of-the-monitoring-role';

/**
 * A fresh PostgreSQL and pgBackRest server, set up with what the product
 * renders and nothing else. It lives in a fleet that has only the store.
 */
export class RenderedHost {
  readonly target: OperateTarget<PostgresqlConfig>;
  readonly folder: string;
  readonly dataDirectory: string;
  readonly socketDirectory: string;
  readonly configurationDirectory: string;
  readonly #fleet: LocalFleet;
  /** Of the operating system and, as superuser, of PostgreSQL. */
  readonly account: string;
  readonly #processes = new LocalProcessRunner();

  /** Sets it up, starts it, and creates the roles. */
  static async create(
    fleet: LocalFleet,
    options: {
      readonly name: string;
      readonly keys?: JsonObject;
      /** As Debian has it: `postgresql.conf`, `pg_hba.conf` and `pg_ident.conf` in a folder of their own. */
      readonly configurationElsewhere?: boolean;
    },
  ): Promise<RenderedHost> {
    const folder = await fleet.context.folder(`hosts/${options.name}`, {
      owner: 'service',
    });
    const repository = await fleetRepository(await fleet.configuration());
    const port = await fleet.context.port(`${options.name}-pg`);
    const database: DatabaseDefinition<PostgresqlConfig> = {
      id: options.name,
      title: options.name,
      engine: 'postgresql',
      config: readPostgresqlConfig(
        {
          members: [{ name: options.name, host: '127.0.0.1', port }],
          database: DATABASE,
          username: 'dbops_monitor',
          password: FIRST_PASSWORD,
          tls: { caFile: join(folder, 'etc', 'ca.crt') },
          canary: { intervalSeconds: 5 },
          pgbackrest: {
            command: await fleet.context.tool('pgbackrest'),
            stanza: options.name,
            host: '127.0.0.1',
            port: await fleet.context.port(`${options.name}-pgbackrest`),
            caFile: join(folder, 'worker', 'ca.crt'),
            certFile: join(folder, 'worker', 'worker.crt'),
            keyFile: join(folder, 'worker', 'worker.key'),
            serverConfig: join(folder, 'etc', 'server.conf'),
            dataDirectory: join(folder, 'data'),
            databasePort: port,
            socketDirectory: join(folder, 'run'),
            repositoryPath: `/pgbackrest/hosts/${options.name}`,
            cipherPass: 'passphrase-of-the-rendered-host',
          },
          ...options.keys,
        },
        `databaseOps.databases.${options.name}.postgresql`,
      ),
    };
    const host = new RenderedHost(
      fleet,
      { database, repository },
      folder,
      join(folder, options.configurationElsewhere ? 'postgresql-conf' : 'data'),
    );
    await host.#setUp(repository);
    return host;
  }

  private constructor(
    fleet: LocalFleet,
    target: OperateTarget<PostgresqlConfig>,
    folder: string,
    configurationDirectory: string,
  ) {
    this.#fleet = fleet;
    this.account = fleet.context.serviceUser?.name ?? userInfo().username;
    this.target = target;
    this.folder = folder;
    this.dataDirectory = join(folder, 'data');
    this.socketDirectory = join(folder, 'run');
    this.configurationDirectory = configurationDirectory;
  }

  /** What a superuser does on the host, by psql through the socket. */
  async sql(
    statements: string,
    options: {
      readonly database?: string;
      /** Of another server of this account, whose socket is in the same folder. */
      readonly port?: number;
    } = {},
  ): Promise<string> {
    const { database = DATABASE, port = this.port } = options;
    const { stdout } = await this.#processes.run({
      command: await this.#fleet.context.tool('psql'),
      args: ['-XqAt', '-v', 'ON_ERROR_STOP=1', '-d', database],
      env: {
        PGHOST: this.socketDirectory,
        PGPORT: String(port),
        PGUSER: this.account,
      },
      runAs: this.#fleet.context.serviceUser?.name,
      cwd: '/',
      input: statements,
      timeoutSeconds: 30,
    });
    return stdout.trim();
  }

  async reload(): Promise<void> {
    await this.sql('SELECT pg_reload_conf();', { database: 'postgres' });
  }

  /** The server's log so far. */
  async log(): Promise<string> {
    return readFile(
      join(this.#fleet.context.directory, 'logs', `${this.name}-pg.log`),
      'utf8',
    );
  }

  async startPostgresql(): Promise<void> {
    await (await this.#postgresql()).start();
  }

  /** Also one that was started by another than this. */
  async stopPostgresql(): Promise<void> {
    await (await this.#postgresql()).stop();
    await this.stopServerIn(this.dataDirectory);
  }

  /** Ends a server of this account, whoever started it. */
  async stopServerIn(dataDirectory: string): Promise<void> {
    if ((await serverPid(dataDirectory)) !== undefined) {
      await this.#asAccount('pg_ctl', [
        ...['stop', '-s', '-m', 'fast', '-D', dataDirectory],
      ]);
    }
  }

  async startServer(): Promise<void> {
    await (await this.#server()).start();
  }

  async stopServer(): Promise<void> {
    await (await this.#server()).stop();
  }

  async stop(): Promise<void> {
    await this.stopServer();
    await this.stopPostgresql();
  }

  get name(): string {
    return this.target.database.id;
  }

  get port(): number {
    return this.target.database.config.members[0].port;
  }

  async #setUp(repository: RepositoryDefinition): Promise<void> {
    const { context } = this.#fleet;
    for (const folder of ['run', 'etc', 'spool']) {
      await context.folder(`hosts/${this.name}/${folder}`, {
        owner: 'service',
      });
    }
    await mkdir(join(this.folder, 'worker'), { recursive: true });
    await this.#asAccount('initdb', [
      ...['-D', this.dataDirectory, '-U', this.account, '--no-sync'],
      ...['--data-checksums', '--no-instructions', '--locale=C'],
      ...['--encoding=UTF8', '--auth-local=reject', '--auth-host=reject'],
    ]);
    const isElsewhere = this.configurationDirectory !== this.dataDirectory;
    const own = (name: string) => join(this.configurationDirectory, name);
    if (isElsewhere) {
      await context.folder(`hosts/${this.name}/postgresql-conf`, {
        owner: 'service',
      });
      for (const name of ['postgresql.conf', 'pg_hba.conf', 'pg_ident.conf']) {
        await rename(join(this.dataDirectory, name), own(name));
      }
    }
    await writeFile(
      own('postgresql.conf'),
      [
        ...(isElsewhere
          ? [
              `data_directory = '${this.dataDirectory}'`,
              `hba_file = '${own('pg_hba.conf')}'`,
              `ident_file = '${own('pg_ident.conf')}'`,
            ]
          : []),
        `port = ${this.port}`,
        "listen_addresses = '127.0.0.1'",
        `unix_socket_directories = '${this.socketDirectory}'`,
        "shared_buffers = '16MB'",
        'fsync = on',
        '',
      ].join('\n'),
    );
    const { sections } = hostConfiguration(this.target.database, [repository], {
      account: this.account,
      portalNetwork: '127.0.0.1/32',
      spoolDirectory: join(this.folder, 'spool'),
    });
    for (const section of sections) {
      const text = renderSection(section);
      if (section.kind === 'file') {
        const file = section.target.startsWith(this.folder)
          ? section.target
          : join(this.folder, 'root', section.target);
        await mkdir(dirname(file), { recursive: true });
        await writeFile(file, text);
        await chmod(file, 0o644);
      } else if (section.kind === 'shell' && section.id !== 'password') {
        await this.#shell(text, repository);
      }
    }
    await this.#shell(
      `chown -R ${this.account} ${this.dataDirectory} ${this.configurationDirectory}`,
      repository,
    );
    await this.startPostgresql();
    await this.sql(`CREATE DATABASE ${DATABASE};`, { database: 'postgres' });
    for (const section of sections.filter(({ kind }) => kind === 'sql')) {
      // Twice: it may be run again.
      await this.sql(renderSection(section));
      await this.sql(renderSection(section));
    }
    await this.sql(
      `ALTER ROLE dbops_monitor PASSWORD '${scramVerifier(FIRST_PASSWORD)}';`,
    );
    await this.startServer();
  }

  async #shell(
    script: string,
    repository: RepositoryDefinition,
  ): Promise<void> {
    await this.#processes.run({
      command: '/bin/sh',
      args: ['-eu'],
      input: script,
      cwd: this.folder,
      env: {
        PKI: join(this.folder, 'pki'),
        PGCONF: this.configurationDirectory,
        REPO1_ACCESS_KEY_ID: repository.accessKeyId.reveal(),
        REPO1_SECRET_ACCESS_KEY: repository.secretAccessKey.reveal(),
        REPO1_CIPHER_PASS: 'passphrase-of-the-rendered-host',
      },
      timeoutSeconds: 60,
    });
  }

  async #asAccount(tool: string, args: readonly string[]): Promise<void> {
    await this.#processes.run({
      command: await this.#fleet.context.tool(tool),
      args,
      runAs: this.#fleet.context.serviceUser?.name,
      cwd: '/',
      timeoutSeconds: 60,
    });
  }

  async #postgresql() {
    return this.#fleet.context.process({
      name: `${this.name}-pg`,
      command: await this.#fleet.context.tool('postgres'),
      args: [
        ...['-D', this.dataDirectory],
        '-c',
        `config_file=${join(this.configurationDirectory, 'postgresql.conf')}`,
      ],
      asServiceUser: true,
      stopSignal: 'SIGINT',
      stopSeconds: 10,
      ready: async () =>
        (await this.sql('SELECT pg_is_in_recovery();', {
          database: 'postgres',
        })) === 'f',
      readySeconds: 60,
    });
  }

  /** By the command line of the rendered unit. */
  async #server() {
    const { stanza, command = 'pgbackrest' } = this.target.database.config
      .pgbackrest ?? { stanza: '' };
    const unit = await readFile(
      join(
        this.folder,
        'root/etc/systemd/system',
        `pgbackrest-server-${stanza}.service`,
      ),
      'utf8',
    );
    const [, line = ''] = /^ExecStart=(.*)$/m.exec(unit) ?? [];
    const args = line.split(' ').slice(1);
    return this.#fleet.context.process({
      name: `${this.name}-pgbackrest`,
      command,
      args,
      asServiceUser: true,
      stopSeconds: 5,
      ready: async () => {
        await this.#asAccount('pgbackrest', [
          ...args.slice(0, 1),
          'server-ping',
        ]);
        return true;
      },
      readySeconds: 20,
    });
  }
}
