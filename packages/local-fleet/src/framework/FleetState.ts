import { readFile, rename, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { once } from 'node:events';
import { ServiceUnavailableError } from '@backstage/errors';
import { absent, hasCode } from './paths';
import { claimPort, claimsFolder } from './portClaims';
import { FleetGroup } from './types';

/** Below the range from which systems pick ports for outgoing connections. */
const FIRST_PORT = 15_000;
const LAST_PORT = 32_000;
const ATTEMPTS = 200;

interface StoredState {
  readonly ports: Record<string, number>;
  /** Groups this fleet has been opened with. */
  readonly groups: readonly FleetGroup[];
}

/**
 * What a fleet remembers between runs: its ports and its groups. A port is one
 * that no other fleet of this account has, running or not.
 */
export class FleetState {
  readonly #directory: string;
  readonly #claims: string;
  readonly #file: string;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(directory: string, claims: string = claimsFolder()) {
    this.#directory = directory;
    this.#claims = claims;
    this.#file = join(directory, 'fleet.json');
  }

  /** The port of that name, chosen when asked for the first time. */
  async port(name: string): Promise<number> {
    return this.#inTurn(() => this.#findOrChoosePort(name));
  }

  async groups(): Promise<readonly FleetGroup[]> {
    return (await this.#read()).groups;
  }

  async rememberGroups(groups: readonly FleetGroup[]): Promise<void> {
    return this.#inTurn(async () => {
      const state = await this.#read();
      const all = new Set([...state.groups, ...groups]);
      await this.#write({ ...state, groups: [...all] });
    });
  }

  /** One change after the other; the next waits for this one, whether it succeeded or not. */
  async #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(change);
    this.#queue = turn.then(
      () => undefined,
      () => undefined,
    );
    return turn;
  }

  async #findOrChoosePort(name: string): Promise<number> {
    const state = await this.#read();
    const known = state.ports[name];
    if (known !== undefined) {
      return known;
    }
    const taken = new Set(Object.values(state.ports));
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const port = randomInt(FIRST_PORT, LAST_PORT);
      if (
        !taken.has(port) &&
        (await isFree(port)) &&
        (await claimPort(port, this.#directory, this.#claims))
      ) {
        await this.#write({
          ...state,
          ports: { ...state.ports, [name]: port },
        });
        return port;
      }
    }
    throw new ServiceUnavailableError(
      `No free port for ${name} between ${FIRST_PORT} and ${LAST_PORT} after ${ATTEMPTS} attempts; stop other servers on this machine`,
    );
  }

  async #write(state: StoredState): Promise<void> {
    await writeFile(`${this.#file}.new`, `${JSON.stringify(state, null, 2)}\n`);
    await rename(`${this.#file}.new`, this.#file);
  }

  async #read(): Promise<StoredState> {
    const text = await readFile(this.#file, 'utf8').catch(absent);
    return text === undefined ? { ports: {}, groups: [] } : JSON.parse(text);
  }
}

/** Whether nothing listens on that port of 127.0.0.1. */
export async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen({ port, host: '127.0.0.1', exclusive: true });
    await once(server, 'listening');
    return true;
  } catch (error) {
    if (hasCode(error, 'EADDRINUSE') || hasCode(error, 'EACCES')) {
      return false;
    }
    throw error;
  } finally {
    server.close();
  }
}
