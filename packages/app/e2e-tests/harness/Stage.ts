import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FleetGroup, FleetLoan, LocalFleet } from 'local-fleet';
import { freePort, Portal } from '../../../../scripts/lib/portal.mjs';
import { startTestPostgres } from '../../../../scripts/lib/testPostgres.mjs';
import { PortalBrowser } from './PortalBrowser';

export interface StageOptions {
  /** Groups of the fleet; all when absent. */
  readonly only?: readonly FleetGroup[];
  /** True where the test ends the fleet; otherwise files take turns on one. */
  readonly freshFleet?: boolean;
  /** Configuration merged over the demo's and the fleet's, for example a policy. */
  readonly configuration?: object | ((fleet: LocalFleet) => Promise<object>);
  /** Portals of this host on one PostgreSQL; absent: one portal on SQLite. */
  readonly replicas?: number;
  /** False where a test talks to the API only. */
  readonly browser?: boolean;
}

/** One request to the API. */
export interface ApiRequest {
  readonly method?: string;
  readonly body?: object;
  readonly headers?: object;
  /** The first replica when absent. */
  readonly portal?: Portal;
}

/** What the product waits for by itself: shorter than a test's patience, longer than the noise of two cores. */
const QUICK = {
  databaseOps: {
    health: { intervalSeconds: 5, timeoutSeconds: 4 },
    executor: { leaseSeconds: 15 },
  },
};

/** A fleet, portals from the built bundle and a browser, all of one test file. */
export class Stage {
  readonly fleet: LocalFleet;
  /** The first portal's own is `portal` below it. */
  readonly stateDirectory: string;
  readonly #replicas: Portal[] = [];
  /** Ends in turn what was started, last first. */
  readonly #ends: (() => Promise<void>)[] = [];
  #browser?: PortalBrowser;

  private constructor(fleet: LocalFleet, stateDirectory: string) {
    this.fleet = fleet;
    this.stateDirectory = stateDirectory;
  }

  static async start(options: StageOptions = {}): Promise<Stage> {
    const loan = await FleetLoan.take({
      only: options.only,
      fresh: options.freshFleet,
    });
    const stateDirectory = await mkdtemp(join(tmpdir(), 'stage-'));
    const stage = new Stage(loan.fleet, stateDirectory);
    stage.#ends.push(() => loan.giveBack());
    stage.#ends.push(() =>
      rm(stateDirectory, { recursive: true, force: true }),
    );
    try {
      await stage.#open(options);
      return stage;
    } catch (error) {
      await stage.stop();
      throw error;
    }
  }

  /** The first replica. */
  get portal(): Portal {
    return this.#replicas[0];
  }

  get replicas(): readonly Portal[] {
    return this.#replicas;
  }

  get browser(): PortalBrowser {
    if (!this.#browser) {
      throw new Error('This stage was started without a browser');
    }
    return this.#browser;
  }

  async #open(options: StageOptions): Promise<void> {
    const file = (name: string) => join(this.stateDirectory, name);
    const fleetFile = file('app-config.fleet.yaml');
    await this.fleet.writeConfiguration(fleetFile);
    await this.#configure(options.configuration);
    const quickFile = file('app-config.quick.yaml');
    await writeJson(quickFile, QUICK);
    const configFiles = [fleetFile, quickFile, this.#ownFile];
    if (options.replicas) {
      const postgres = await startTestPostgres(file('postgres'));
      this.#ends.push(() => postgres.stop());
      const replicasFile = file('app-config.replicas.yaml');
      configFiles.push(replicasFile);
      await writeJson(replicasFile, {
        backend: { database: { client: 'pg', connection: postgres.url } },
        // Replicas of one host find each other's workers.
        databaseOps: { executor: { stateDirectory: file('workers') } },
      });
    }
    for (let index = 1; index <= (options.replicas ?? 1); index++) {
      const portFile = file(`app-config.metrics-${index}.yaml`);
      // Prometheus scrapes the first; a port of the host can be opened once.
      const metrics =
        index === 1 ? {} : { metrics: { port: await freePort() } };
      await writeJson(portFile, { databaseOps: metrics });
      const portal = await Portal.start({
        stateDirectory: file(index === 1 ? 'portal' : `portal-${index}`),
        configFiles: [...configFiles, portFile],
        bundle: process.env.E2E_PORTAL_BUNDLE,
      });
      this.#ends.push(() => portal.stop());
      this.#replicas.push(portal);
    }
    if (options.browser !== false) {
      const browser = await PortalBrowser.launch(this.portal.url);
      this.#ends.push(() => browser.close());
      this.#browser = browser;
    }
  }

  get #ownFile(): string {
    return join(this.stateDirectory, 'app-config.test.yaml');
  }

  async #configure(
    configuration: StageOptions['configuration'] = {},
  ): Promise<void> {
    await writeJson(
      this.#ownFile,
      typeof configuration === 'function'
        ? await configuration(this.fleet)
        : configuration,
    );
  }

  /** Restarts every portal with another configuration of its own. */
  async reconfigure(
    configuration: StageOptions['configuration'],
  ): Promise<void> {
    await this.#configure(configuration);
    await Promise.all(this.#replicas.map(portal => portal.restart()));
  }

  /** Asks the API as a role of the demo. */
  async api(
    role: string,
    path: string,
    request: ApiRequest = {},
  ): Promise<{ readonly status: number; readonly body: any }> {
    const portal = request.portal ?? this.portal;
    return this.apiWithToken(await portal.token(role), path, request);
  }

  /** Asks the API with a token of whoever. */
  async apiWithToken(
    token: string,
    path: string,
    { method = 'GET', body, headers, portal = this.portal }: ApiRequest = {},
  ): Promise<{ readonly status: number; readonly body: any }> {
    const response = await fetch(`${portal.url}/api/database-ops${path}`, {
      method,
      headers: {
        Authorization: `Bearer ${token}`,
        'Content-Type': 'application/json',
        ...headers,
      },
      body: body && JSON.stringify(body),
    });
    const text = await response.text();
    const type = response.headers.get('content-type') ?? '';
    return {
      status: response.status,
      // Exports are files, not JSON.
      body: /^application\/json\b/.test(type) ? JSON.parse(text) : text,
    };
  }

  async stop(): Promise<void> {
    for (const end of this.#ends.splice(0).reverse()) {
      await end();
    }
  }
}

/** YAML reads JSON. */
async function writeJson(file: string, content: object): Promise<void> {
  await writeFile(file, JSON.stringify(content), { mode: 0o600 });
}

/** Asks again until the answer satisfies, and says what it was when it never does. */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T>,
  satisfies: (answer: T) => boolean,
  options: { readonly withinSeconds: number },
): Promise<T> {
  const deadline = Date.now() + options.withinSeconds * 1000;
  for (;;) {
    const answer = await ask();
    if (satisfies(answer)) {
      return answer;
    }
    if (Date.now() > deadline) {
      throw new Error(
        `${what} did not come true within ${options.withinSeconds} s; last: ${JSON.stringify(answer)}`,
      );
    }
    await new Promise(resolve => setTimeout(resolve, 500));
  }
}
