import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { LoggerService } from '@backstage/backend-plugin-api';
import { toError } from '@backstage/errors';
import { Signal } from 'backstage-plugin-database-ops-common';
import {
  criticalSignal,
  ObjectStore,
  okSignal,
  OperationFailedError,
  RepositoryDefinition,
  repositoryKeys,
  signalOf,
  unknownSignal,
} from 'backstage-plugin-database-ops-node';

/** The signal that says whether a repository answers. */
export const REACHABLE = {
  id: 'repository-reachable',
  title: 'Repository reachable',
};
const WRITABLE = { id: 'repository-writable', title: 'Repository writable' };
const ENCRYPTED = { id: 'repository-encrypted', title: 'Repository encrypted' };

/** Codes of failures in which no store answered; any other is an answer. */
const NO_ANSWER_CODES = new Set(['repository-unreachable', 'repository-tls']);

interface Probe {
  readonly signals: Promise<readonly Signal[]>;
  readonly startedAtMs: number;
}

/**
 * Whether repositories can be reached, written and are encrypted: puts, reads
 * and removes a small object. Once an interval for each repository, however
 * many databases share it.
 */
export class RepositoryProbe {
  readonly #createStore: (
    repository: RepositoryDefinition,
  ) => Promise<ObjectStore>;
  readonly #intervalSeconds: number;
  readonly #timeoutSeconds: number;
  readonly #logger: LoggerService;
  readonly #clock: () => Date;
  readonly #stores = new Map<string, Promise<ObjectStore>>();
  readonly #probes = new Map<string, Probe>();

  constructor(options: {
    readonly createStore: (
      repository: RepositoryDefinition,
    ) => Promise<ObjectStore>;
    readonly intervalSeconds: number;
    readonly timeoutSeconds: number;
    readonly logger: LoggerService;
    readonly clock?: () => Date;
  }) {
    this.#createStore = options.createStore;
    this.#intervalSeconds = options.intervalSeconds;
    this.#timeoutSeconds = options.timeoutSeconds;
    this.#logger = options.logger;
    this.#clock = options.clock ?? (() => new Date());
  }

  /** Never throws: what could not be found out is `unknown` with the reason. */
  async signalsOf(
    repository: RepositoryDefinition,
  ): Promise<readonly Signal[]> {
    const nowMs = this.#clock().getTime();
    const last = this.#probes.get(repository.id);
    // Databases that share an interval start a moment apart.
    const freshMs = this.#intervalSeconds * 900;
    if (last && nowMs - last.startedAtMs < freshMs) {
      return await last.signals;
    }
    const signals = this.#probeInTime(repository);
    this.#probes.set(repository.id, { signals, startedAtMs: nowMs });
    return await signals;
  }

  async close(): Promise<void> {
    const stores = await Promise.allSettled(this.#stores.values());
    this.#stores.clear();
    for (const store of stores) {
      if (store.status === 'fulfilled') {
        store.value.close();
      }
    }
  }

  async #probeInTime(
    repository: RepositoryDefinition,
  ): Promise<readonly Signal[]> {
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<readonly Signal[]>(resolve => {
      timer = setTimeout(
        () =>
          resolve(
            this.#unreachable(
              repository,
              `Repository '${repository.id}' gave no answer within ${this.#timeoutSeconds} s.`,
            ),
          ),
        this.#timeoutSeconds * 1000,
      );
    });
    try {
      return await Promise.race([tooLate, this.#probe(repository)]);
    } finally {
      clearTimeout(timer);
    }
  }

  async #probe(repository: RepositoryDefinition): Promise<readonly Signal[]> {
    const observedAt = this.#clock();
    const facts = { observedAt };
    const key = repositoryKeys.probe(repository.controlPrefix, hostname());
    const name = `Repository '${repository.id}'`;
    const reachable = okSignal({
      ...REACHABLE,
      ...facts,
      sentence: `${name} answers at ${repository.endpoint ?? `AWS ${repository.region}`}.`,
    });
    let store: ObjectStore;
    const content = randomUUID();
    try {
      store = await this.#getStore(repository);
      await store.put(key, content);
      const read = await store.get(key);
      if (read?.body.toString('utf8') !== content) {
        return [
          reachable,
          criticalSignal({
            ...WRITABLE,
            ...facts,
            sentence: `${name} accepted a write but gave back something else.`,
          }),
          unknownSignal({
            ...ENCRYPTED,
            ...facts,
            sentence: `${name}: encryption is not known, for the probe object could not be read back.`,
          }),
        ];
      }
    } catch (thrown) {
      const message = toError(thrown).message;
      if (
        thrown instanceof OperationFailedError &&
        NO_ANSWER_CODES.has(thrown.failure.code ?? '')
      ) {
        return this.#unreachable(repository, message);
      }
      return [
        reachable,
        criticalSignal({ ...WRITABLE, ...facts, sentence: message }),
        unknownSignal({
          ...ENCRYPTED,
          ...facts,
          sentence: `${name}: encryption is not known, for nothing can be written.`,
        }),
      ];
    }
    const encrypted = await this.#encryption(store, repository, key);
    await this.#remove(store, key);
    return [
      reachable,
      okSignal({
        ...WRITABLE,
        ...facts,
        sentence: `${name} takes writes and gives them back.`,
      }),
      encrypted,
    ];
  }

  async #encryption(
    store: ObjectStore,
    repository: RepositoryDefinition,
    key: string,
  ): Promise<Signal> {
    const facts = { ...ENCRYPTED, observedAt: this.#clock() };
    try {
      const encryption = await store.encryptionOf(key);
      return signalOf(encryption ? 'ok' : 'critical', {
        ...facts,
        sentence: encryption
          ? `Repository '${repository.id}' encrypts objects (${encryption}).`
          : `Repository '${repository.id}' stores objects unencrypted; set a default encryption on bucket '${repository.bucket}'.`,
      });
    } catch (thrown) {
      return unknownSignal({
        ...facts,
        sentence: `Repository '${repository.id}': encryption is not known: ${toError(thrown).message}`,
      });
    }
  }

  /** A probe object that stays behind is overwritten by the next probe. */
  async #remove(store: ObjectStore, key: string): Promise<void> {
    try {
      await store.delete(key);
    } catch (thrown) {
      this.#logger.debug(
        `The probe object '${key}' could not be removed: ${toError(thrown).message}`,
      );
    }
  }

  #unreachable(
    repository: RepositoryDefinition,
    sentence: string,
  ): readonly Signal[] {
    const observedAt = this.#clock();
    return [
      criticalSignal({ ...REACHABLE, observedAt, sentence }),
      ...[WRITABLE, ENCRYPTED].map(signal =>
        unknownSignal({
          ...signal,
          observedAt,
          sentence: `'${signal.title}' is not known, for repository '${repository.id}' does not answer.`,
        }),
      ),
    ];
  }

  #getStore(repository: RepositoryDefinition): Promise<ObjectStore> {
    const known = this.#stores.get(repository.id);
    if (known) {
      return known;
    }
    const created = this.#createStore(repository).catch((thrown: unknown) => {
      // A missing file can appear: the next probe tries again.
      this.#stores.delete(repository.id);
      throw thrown;
    });
    this.#stores.set(repository.id, created);
    return created;
  }
}
