import { LoggerService } from '@backstage/backend-plugin-api';
import { toError } from '@backstage/errors';
import { CatalogService } from '@backstage/plugin-catalog-node';
import {
  BlastRadius,
  RestoreMode,
  RestoredInstance,
  Signal,
  describeSeconds,
} from 'backstage-plugin-database-ops-common';
import {
  BlastRadiusQuestion,
  signalOf,
  unknownSignal,
} from 'backstage-plugin-database-ops-node';
import { BackupStore } from '../backups/BackupStore';
import { AuthorizedDatabases } from '../databases/AuthorizedDatabases';
import { ManagedDatabase, isReady } from '../databases/types';
import { Caller } from '../permissions/DatabaseAuthorizer';
import { RestoredInstanceStore } from '../restored-instances/RestoredInstanceStore';
import { Dependent, catalogDependents } from './catalogDependents';

const TIMEOUT_SECONDS = 10;

/** What is about to be done; a restore to a new place when nothing is named. */
export interface BlastRadiusRequest {
  readonly kind?: BlastRadiusQuestion['kind'];
  readonly mode?: RestoreMode;
  /** What is to be promoted or discarded. */
  readonly restoredInstanceId?: string;
}

/** Says who would notice a restore or a promotion, before anybody asks for it. */
export class BlastRadiusService {
  readonly #databases: AuthorizedDatabases;
  readonly #catalog: CatalogService;
  readonly #backups: BackupStore;
  readonly #instances: RestoredInstanceStore;
  readonly #logger: LoggerService;
  readonly #clock: () => Date;

  constructor(options: {
    readonly authorized: AuthorizedDatabases;
    readonly catalog: CatalogService;
    readonly backups: BackupStore;
    readonly instances: RestoredInstanceStore;
    readonly logger: LoggerService;
    readonly clock: () => Date;
  }) {
    this.#databases = options.authorized;
    this.#catalog = options.catalog;
    this.#backups = options.backups;
    this.#instances = options.instances;
    this.#logger = options.logger;
    this.#clock = options.clock;
  }

  /** @throws NotAllowedError or NotFoundError as for every part of a database. */
  async get(
    caller: Caller,
    databaseId: string,
    request: BlastRadiusRequest,
  ): Promise<BlastRadius> {
    const database = await this.#databases.readable(caller, databaseId);
    const { restoredInstanceId } = request;
    const instance =
      restoredInstanceId === undefined
        ? undefined
        : await this.#instances.get(restoredInstanceId);
    const own = instance?.databaseId === databaseId ? instance : undefined;
    const [catalog, engine, age] = await Promise.all([
      this.#ofCatalog(caller, database),
      this.#ofEngine(database, questionOf(request, own)),
      this.#ageOfTarget(database, request, own),
    ]);
    const facts = [...catalog.facts, ...engine, ...age];
    return {
      databaseId,
      dependents: [...catalog.dependents],
      facts,
      sentence: sentenceOf(database, catalog.dependents, facts),
      observedAt: this.#clock().toISOString(),
    };
  }

  /** With the caller's eyes: who may not see an entity learns nothing of it here. */
  async #ofCatalog(
    caller: Caller,
    { id, entityRef }: ManagedDatabase,
  ): Promise<{
    readonly dependents: readonly Dependent[];
    readonly facts: readonly Signal[];
  }> {
    const head = { id: 'dependents', title: 'Dependents in the catalog' };
    const unknown = (sentence: string) => ({
      dependents: [],
      facts: [unknownSignal({ ...head, sentence, observedAt: this.#clock() })],
    });
    if (!entityRef) {
      return unknown(
        `Database '${id}' names no catalog entity, so nobody knows what depends on it; set databaseOps.databases.${id}.entity.`,
      );
    }
    try {
      const found = await catalogDependents(this.#catalog, entityRef, caller);
      if (!found) {
        return unknown(`The catalog shows you no entity ${entityRef}.`);
      }
      const { dependents, owner } = found;
      const count = dependents.length;
      return {
        dependents,
        facts: [
          signalOf(count > 0 ? 'warning' : 'ok', {
            ...head,
            value: count,
            sentence: `${count === 0 ? 'Nothing depends' : `${count} ${count === 1 ? 'entity depends' : 'entities depend'}`} on it by the catalog; ${owner ? `${owner} owns it` : 'nobody owns it'}.`,
            observedAt: this.#clock(),
          }),
        ],
      };
    } catch (error) {
      return unknown(`The catalog did not answer: ${toError(error).message}`);
    }
  }

  async #ofEngine(
    database: ManagedDatabase,
    question: BlastRadiusQuestion,
  ): Promise<readonly Signal[]> {
    const unknown = (sentence: string) => [
      unknownSignal({
        id: 'active-connections',
        title: 'Connections',
        sentence,
        observedAt: this.#clock(),
      }),
    ];
    if (!isReady(database)) {
      return unknown(
        `Database '${database.id}' is quarantined: ${database.quarantine.message}`,
      );
    }
    const { observe } = database.engine.engine;
    if (!observe.blastRadius) {
      return unknown(
        `Engine '${database.engineKind}' does not say who is connected.`,
      );
    }
    const signal = AbortSignal.timeout(TIMEOUT_SECONDS * 1000);
    let given = (_reason: Error) => {};
    const late = new Promise<never>((_resolve, reject) => {
      given = reject;
    });
    signal.addEventListener('abort', () =>
      given(new Error(`no answer within ${TIMEOUT_SECONDS} s`)),
    );
    try {
      return await Promise.race([
        late,
        observe.blastRadius(
          database.definition,
          { logger: this.#logger, signal },
          question,
        ),
      ]);
    } catch (error) {
      return unknown(`It could not be read: ${toError(error).message}`);
    }
  }

  async #ageOfTarget(
    database: ManagedDatabase,
    { restoredInstanceId }: BlastRadiusRequest,
    instance: RestoredInstance | undefined,
  ): Promise<readonly Signal[]> {
    const head = { id: 'target-age', title: 'Age of the target' };
    if (restoredInstanceId !== undefined) {
      return [
        instance
          ? this.#ageOfInstance(instance)
          : unknownSignal({
              ...head,
              sentence: `Database '${database.id}' has no restored instance '${restoredInstanceId}'.`,
              observedAt: this.#clock(),
            }),
      ];
    }
    const present = await this.#backups.listPresent(database.id);
    const newest = present
      .map(({ stoppedAt }) => Date.parse(stoppedAt))
      .sort((a, b) => b - a)[0];
    return [
      newest === undefined
        ? unknownSignal({
            ...head,
            sentence:
              'No present backup is known, so nothing says how old the restored data would be.',
            observedAt: this.#clock(),
          })
        : this.#age(
            newest,
            age =>
              `The newest backup is ${age} old; what was written since comes back only from archived log.`,
          ),
    ];
  }

  #ageOfInstance(instance: RestoredInstance): Signal {
    const time = instance.moment?.time ?? instance.createdAt;
    return this.#age(
      Date.parse(time),
      age =>
        `The instance holds the data of ${time}; what was written in the ${age} since is not in it.`,
    );
  }

  #age(sinceMs: number, sentence: (age: string) => string): Signal {
    const seconds = Math.max(
      0,
      Math.round((this.#clock().getTime() - sinceMs) / 1000),
    );
    return signalOf('ok', {
      id: 'target-age',
      title: 'Age of the target',
      value: seconds,
      unit: 's',
      sentence: sentence(describeSeconds(seconds)),
      observedAt: this.#clock(),
    });
  }
}

function questionOf(
  { kind, mode }: BlastRadiusRequest,
  instance: RestoredInstance | undefined,
): BlastRadiusQuestion {
  return {
    // Before there were kinds, an instance was named to be promoted.
    kind: kind ?? (instance ? 'promote' : 'restore'),
    mode: instance?.mode ?? mode ?? 'new-place',
    ...(instance && {
      instance: {
        restoredInstanceId: instance.id,
        directory: instance.directory ?? '',
        facts: instance.facts ?? {},
      },
    }),
  };
}

function sentenceOf(
  database: ManagedDatabase,
  dependents: readonly Dependent[],
  facts: readonly Signal[],
): string {
  const touched = facts.filter(
    ({ id, status }) => status === 'warning' && id !== 'dependents',
  );
  const unknown = facts.filter(({ status }) => status === 'unknown');
  const parts = [
    dependents.length > 0
      ? `${dependents.length} catalog ${dependents.length === 1 ? 'entity depends' : 'entities depend'} on ${database.title}`
      : `Nothing in the catalog is known to depend on ${database.title}`,
    ...touched.map(({ sentence }) => sentence.replace(/\.$/, '')),
    ...(unknown.length > 0
      ? [`not known: ${unknown.map(({ title }) => title).join(', ')}`]
      : []),
  ];
  return `${parts.join('; ')}.`;
}
