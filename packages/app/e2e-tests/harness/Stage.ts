import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FleetGroup, LocalFleet } from 'local-fleet';
import { Portal } from '../../../../scripts/lib/portal.mjs';
import { PortalBrowser } from './PortalBrowser';

export interface StageOptions {
  /** Groups of the fleet; all when absent. */
  readonly only?: readonly FleetGroup[];
  /** Configuration merged over the demo's and the fleet's, for example a policy. */
  readonly configuration?: object;
}

/** Shorter than a test's patience, longer than the noise of two cores. */
const QUICK_HEALTH = { health: { intervalSeconds: 5, timeoutSeconds: 4 } };

/** A fleet, a portal from the built bundle and a browser, all of one test file. */
export class Stage {
  readonly fleet: LocalFleet;
  readonly portal: Portal;
  readonly browser: PortalBrowser;
  readonly #stateDirectory: string;
  readonly #endFleet: () => Promise<void>;

  private constructor(parts: {
    fleet: LocalFleet;
    portal: Portal;
    browser: PortalBrowser;
    stateDirectory: string;
    endFleet: () => Promise<void>;
  }) {
    this.fleet = parts.fleet;
    this.portal = parts.portal;
    this.browser = parts.browser;
    this.#stateDirectory = parts.stateDirectory;
    this.#endFleet = parts.endFleet;
  }

  static async start(options: StageOptions = {}): Promise<Stage> {
    const stateDirectory = await mkdtemp(join(tmpdir(), 'stage-'));
    // A developer's own running fleet saves the minute that one takes to start.
    const borrowed = process.env.E2E_FLEET_DIRECTORY;
    const fleet = borrowed
      ? await LocalFleet.open({ directory: borrowed })
      : await LocalFleet.temporary({ only: options.only });
    const endFleet = async () => {
      if (!borrowed) {
        await fleet.reset();
      }
    };
    let portal: Portal | undefined;
    try {
      await fleet.up();
      const fleetFile = join(stateDirectory, 'app-config.fleet.yaml');
      await fleet.writeConfiguration(fleetFile);
      const ownFile = join(stateDirectory, 'app-config.test.yaml');
      // YAML reads JSON.
      await writeFile(
        ownFile,
        JSON.stringify(options.configuration ?? { databaseOps: QUICK_HEALTH }),
      );
      portal = await Portal.start({
        stateDirectory: join(stateDirectory, 'portal'),
        configFiles: [fleetFile, ownFile],
        bundle: process.env.E2E_PORTAL_BUNDLE,
      });
      const browser = await PortalBrowser.launch(portal.url);
      return new Stage({ fleet, portal, browser, stateDirectory, endFleet });
    } catch (error) {
      await portal?.stop();
      await endFleet();
      throw error;
    }
  }

  /** Asks the API as a role of the demo. */
  async api(
    role: string,
    path: string,
    init: { method?: string; body?: object; headers?: object } = {},
  ): Promise<{ readonly status: number; readonly body: any }> {
    const response = await fetch(`${this.portal.url}/api/database-ops${path}`, {
      method: init.method ?? 'GET',
      headers: {
        Authorization: `Bearer ${await this.portal.token(role)}`,
        'Content-Type': 'application/json',
        ...init.headers,
      },
      body: init.body && JSON.stringify(init.body),
    });
    return { status: response.status, body: await response.json() };
  }

  async stop(): Promise<void> {
    await this.browser.close();
    await this.portal.stop();
    await this.#endFleet();
    await rm(this.#stateDirectory, { recursive: true, force: true });
  }
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
