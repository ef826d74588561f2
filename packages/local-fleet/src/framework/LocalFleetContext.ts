import { randomBytes } from 'node:crypto';
import {
  chmod,
  chown,
  mkdir,
  readFile,
  rename,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '@backstage/errors';
import { CertificateAuthority } from './CertificateAuthority';
import { FleetState } from './FleetState';
import {
  absent,
  findServiceUser,
  prepareDirectory,
  repositoryRoot,
  ServiceUser,
} from './paths';
import { FLEET_VARIABLE } from './processTable';
import { SupervisedProcess } from './SupervisedProcess';
import { Toolbox } from './tools';
import {
  CertificateFiles,
  FleetContext,
  FleetGroup,
  FleetProcess,
  ProcessOptions,
} from './types';

/** One password for every store: the trust store is shared by all Java servers. */
const JAVA_STORES_SECRET = 'java-stores';

/** Names become file names: nothing else is let through. */
const NAME = /^[a-zA-Z0-9][a-zA-Z0-9._-]*$/;

function checkedName(kind: string, name: string): string {
  if (!NAME.test(name)) {
    throw new InputError(
      `The ${kind} name '${name}' must be letters, digits, '.', '_' or '-'`,
    );
  }
  return name;
}

/** The one implementation of {@link FleetContext}: everything lies below `directory`. */
export class LocalFleetContext implements FleetContext {
  readonly directory: string;
  readonly serviceUser?: ServiceUser;
  readonly log: (message: string) => void;
  readonly #authority: CertificateAuthority;
  readonly #state: FleetState;
  readonly #toolbox: Toolbox;
  readonly #secrets = new Map<string, Promise<string>>();
  #opened: ReadonlySet<FleetGroup> = new Set();

  private constructor(options: {
    directory: string;
    serviceUser?: ServiceUser;
    log: (message: string) => void;
    authority: CertificateAuthority;
    toolbox: Toolbox;
  }) {
    this.directory = options.directory;
    this.serviceUser = options.serviceUser;
    this.log = options.log;
    this.#authority = options.authority;
    this.#toolbox = options.toolbox;
    this.#state = new FleetState(options.directory);
  }

  static async create(options: {
    readonly directory: string;
    readonly log: (message: string) => void;
  }): Promise<LocalFleetContext> {
    const { log } = options;
    const serviceUser = await findServiceUser();
    const directory = await prepareDirectory(
      options.directory,
      serviceUser,
      log,
    );
    for (const name of ['certificates', 'logs', 'run']) {
      await mkdir(join(directory, name), { recursive: true, mode: 0o755 });
    }
    await mkdir(join(directory, 'secrets'), { recursive: true, mode: 0o700 });
    await mkdir(join(directory, 'tmp'), { recursive: true });
    await chmod(join(directory, 'tmp'), serviceUser ? 0o1777 : 0o700);
    const toolbox = new Toolbox(repositoryRoot());
    const authority = await CertificateAuthority.create({
      folder: join(directory, 'certificates'),
      openssl: await toolbox.tool('openssl'),
      serviceUser,
    });
    return new LocalFleetContext({
      directory,
      serviceUser,
      log,
      authority,
      toolbox,
    });
  }

  get caFile(): string {
    return this.#authority.caFile;
  }

  /** What every child gets: nothing of the caller's environment but PATH, locale and time zone. */
  get environment(): Record<string, string> {
    return {
      PATH: process.env.PATH ?? '/usr/bin:/bin',
      LANG: process.env.LANG ?? 'C.UTF-8',
      HOME: this.directory,
      TMPDIR: join(this.directory, 'tmp'),
      [FLEET_VARIABLE]: this.directory,
    };
  }

  async certificate(
    commonName: string,
    options?: { readonly owner?: 'service' | 'self' },
  ): Promise<CertificateFiles> {
    return this.#authority.certificate(
      checkedName('certificate', commonName),
      options?.owner ?? 'self',
    );
  }

  async javaStores(commonName: string): Promise<{
    keyStore: string;
    trustStore: string;
    passwordSecret: string;
  }> {
    const stores = await this.#authority.javaStores({
      commonName: checkedName('certificate', commonName),
      keytool: await this.tool('keytool'),
      password: await this.secret(JAVA_STORES_SECRET),
    });
    return { ...stores, passwordSecret: JAVA_STORES_SECRET };
  }

  async secret(name: string): Promise<string> {
    let value = this.#secrets.get(name);
    if (!value) {
      value = this.#readOrCreateSecret(name);
      this.#secrets.set(name, value);
    }
    return value;
  }

  async secretFile(name: string): Promise<string> {
    await this.secret(name);
    return this.#secretPath(name);
  }

  async port(name: string): Promise<number> {
    return this.#state.port(name);
  }

  /** Groups this fleet has been opened with. */
  async groups(): Promise<readonly FleetGroup[]> {
    return this.#state.groups();
  }

  hasGroup(group: FleetGroup): boolean {
    return this.#opened.has(group);
  }

  /** Says which groups there are, before the first of them is prepared. */
  async rememberGroups(groups: readonly FleetGroup[]): Promise<void> {
    this.#opened = new Set(groups);
    await this.#state.rememberGroups(groups);
  }

  async tool(name: string): Promise<string> {
    return this.#toolbox.tool(name);
  }

  async classPath(name: 'kafka' | 'zookeeper'): Promise<string> {
    return this.#toolbox.classPath(name);
  }

  async folder(
    path: string,
    options?: { readonly owner?: 'service' | 'self' },
  ): Promise<string> {
    const folder = join(this.directory, path);
    await mkdir(folder, { recursive: true, mode: 0o755 });
    if (options?.owner === 'service' && this.serviceUser) {
      await chown(folder, this.serviceUser.uid, this.serviceUser.gid);
    }
    return folder;
  }

  process(options: ProcessOptions): FleetProcess {
    const name = checkedName('process', options.name);
    const user = options.asServiceUser ? this.serviceUser : undefined;
    // The caller's own folder may be closed to the service user.
    const rooted = { ...options, cwd: options.cwd ?? this.directory };
    return new SupervisedProcess(rooted, {
      pidFile: join(this.directory, 'run', `${name}.json`),
      logFile: join(this.directory, 'logs', `${name}.log`),
      env: this.environment,
      uid: user?.uid,
      gid: user?.gid,
    });
  }

  #secretPath(name: string): string {
    return join(this.directory, 'secrets', checkedName('secret', name));
  }

  async #readOrCreateSecret(name: string): Promise<string> {
    const path = this.#secretPath(name);
    const known = await readFile(path, 'utf8').catch(absent);
    if (known !== undefined) {
      return known;
    }
    const value = randomBytes(16).toString('hex');
    await writeFile(`${path}.new`, value, { mode: 0o600 });
    await rename(`${path}.new`, path);
    return value;
  }
}
