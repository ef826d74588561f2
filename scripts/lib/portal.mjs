// Runs a portal from its built bundle: the demo, the end-to-end tests and the
// benchmarks start, stop, kill and restart it through this one class.
import { spawn } from 'node:child_process';
import { openSync, closeSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { preparePortal } from './bundle.mjs';
import { nodeBinary, repositoryRoot, toolEnvironment } from './tools.mjs';

/** Ten suffice on a quiet machine; others build and test beside it. */
const START_SECONDS = 240;
const STOP_SECONDS = 15;
const SIGN_IN_ATTEMPTS = 3;
const POLL_MS = 300;
const LOG_TAIL_LINES = 25;

const pause = ms => new Promise(resolve => setTimeout(resolve, ms));

/** A free port on loopback. */
export async function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

export class Portal {
  #options;
  #child;
  #exited;

  constructor(options) {
    this.#options = options;
  }

  /**
   * Builds when needed, starts, and resolves when a role of the demo can sign
   * in, the databases answer and the app is served.
   */
  static async start(options) {
    const portal = new Portal({
      port: options.port ?? (await freePort()),
      configFiles: options.configFiles ?? [],
      env: options.env ?? {},
      log: options.log ?? (() => {}),
      stateDirectory: options.stateDirectory,
      usablePath: options.usablePath ?? '/api/database-ops/databases',
      bundle: options.bundle ?? (await preparePortal({ log: options.log })),
    });
    await portal.start();
    return portal;
  }

  get port() {
    return this.#options.port;
  }

  get url() {
    return `http://127.0.0.1:${this.#options.port}`;
  }

  get pid() {
    return this.#child?.pid;
  }

  get logFile() {
    return join(this.#options.stateDirectory, 'portal.log');
  }

  async #writeOwnConfiguration() {
    const { bundle, stateDirectory, port } = this.#options;
    await mkdir(stateDirectory, { recursive: true, mode: 0o700 });
    const file = join(stateDirectory, 'app-config.portal.yaml');
    // YAML reads JSON.
    const content = {
      app: {
        baseUrl: this.url,
        // By its name the workspace's own app would be found: built of other
        // sources, and away while it is built anew.
        packageName: join(bundle, 'packages', 'app'),
        // It keeps the files of earlier builds for browsers that still have
        // their pages open: a second or more at each start, of use to nobody here.
        disableStaticFallbackCache: true,
      },
      backend: {
        baseUrl: this.url,
        listen: { host: '127.0.0.1', port },
      },
      databaseOps: {
        executor: {
          type: 'local',
          stateDirectory: join(stateDirectory, 'workers'),
        },
      },
    };
    await writeFile(file, JSON.stringify(content, undefined, 2), {
      mode: 0o600,
    });
    return file;
  }

  async start() {
    const { bundle, configFiles, env, stateDirectory } = this.#options;
    const configs = [
      join(repositoryRoot, 'app-config.yaml'),
      join(repositoryRoot, 'app-config.demo.yaml'),
      await this.#writeOwnConfiguration(),
      ...configFiles,
    ];
    const output = openSync(this.logFile, 'a', 0o600);
    this.#child = spawn(
      nodeBinary(),
      ['.', ...configs.flatMap(file => ['--config', file])],
      {
        cwd: join(bundle, 'packages', 'backend'),
        stdio: ['ignore', output, output],
        // Ctrl-C reaches the whole terminal group; whoever started the portal
        // decides in which order things end.
        detached: true,
        env: {
          ...toolEnvironment(),
          NODE_ENV: 'production',
          PORTAL_REPOSITORY: repositoryRoot,
          PORTAL_STATE_DIRECTORY: join(stateDirectory, 'database'),
          ...env,
        },
      },
    );
    closeSync(output);
    this.#exited = new Promise(resolve => {
      this.#child.once('error', error => resolve(error.message));
      this.#child.once('exit', (code, signal) =>
        resolve(signal ? `signal ${signal}` : `exit code ${code}`),
      );
    });
    await this.#untilUsable();
  }

  async #untilUsable() {
    const deadline = Date.now() + START_SECONDS * 1000;
    let ended;
    this.#exited.then(reason => {
      ended = reason;
    });
    let last = 'it did not answer';
    while (Date.now() < deadline && !ended) {
      try {
        const token = await this.token('viewer');
        // Plugins start at the same time: each answers when it is ready.
        const answers = await Promise.all(
          [this.#options.usablePath, '/'].map(async path => {
            const response = await fetch(`${this.url}${path}`, {
              headers: { Authorization: `Bearer ${token}` },
            });
            await response.arrayBuffer();
            return { path, status: response.status, ok: response.ok };
          }),
        );
        const refused = answers.find(({ ok }) => !ok);
        if (!refused) {
          return;
        }
        last = `GET ${refused.path} gave ${refused.status}`;
      } catch (error) {
        last = error.cause?.message ?? error.message;
      }
      await pause(POLL_MS);
    }
    await this.kill();
    const tail = (await readFile(this.logFile, 'utf8'))
      .trimEnd()
      .split('\n')
      .slice(-LOG_TAIL_LINES)
      .join('\n');
    throw new Error(
      `The portal did not become usable (${ended ?? last}); its log ${this.logFile} ends:\n${tail}`,
    );
  }

  /** A token of a role of the demo. */
  async token(role) {
    for (let attempt = 1; ; attempt++) {
      const response = await fetch(`${this.url}/api/auth/demo/refresh`, {
        headers: {
          'X-Demo-Role': role,
          'X-Requested-With': 'XMLHttpRequest',
        },
      });
      if (response.ok) {
        return (await response.json()).backstageIdentity.token;
      }
      const said = await response.text();
      // The portal's own question to the catalogue met a connection that was
      // being closed for idleness.
      if (attempt === SIGN_IN_ATTEMPTS || !said.includes('ECONNRESET')) {
        throw new Error(
          `Signing in as ${role} gave ${response.status}: ${said}`,
        );
      }
    }
  }

  get running() {
    return (
      this.#child !== undefined &&
      this.#child.exitCode === null &&
      this.#child.signalCode === null
    );
  }

  /** Ends the portal by signal, then by force. Workers go on: the next start finds them. */
  async stop() {
    if (this.running) {
      this.#child.kill('SIGTERM');
      await Promise.race([this.#exited, pause(STOP_SECONDS * 1000)]);
    }
    await this.kill();
  }

  /** Ends the portal's process at once, as `kill -9` does. */
  async kill() {
    if (this.running) {
      this.#child.kill('SIGKILL');
      await this.#exited;
    }
  }

  async restart() {
    await this.stop();
    await this.start();
  }
}
