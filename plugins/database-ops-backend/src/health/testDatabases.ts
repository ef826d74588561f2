// Databases for the tests of this half of the plugin: a catalog of engines that find what a test says.
import { Signal } from 'backstage-plugin-database-ops-common';
import {
  Engine,
  HealthFindings,
  ObserveContext,
  RepositoryDefinition,
  Secret,
} from 'backstage-plugin-database-ops-node';
import {
  DatabaseCatalog,
  ManagedDatabase,
  PolicyDefinition,
  ReadyDatabase,
} from '../databases/types';

export function catalogOf(
  ...databases: readonly ManagedDatabase[]
): DatabaseCatalog {
  return {
    list: () => databases,
    get: id => databases.find(database => database.id === id),
  };
}

/** An engine whose observer does what the test says; counts its observers. */
export class ScriptedEngine {
  created = 0;
  closed = 0;
  checks = 0;
  check: (
    signal: AbortSignal,
    previous?: readonly Signal[],
  ) => Promise<HealthFindings> = async () => ({
    signals: [],
  });

  readonly #takesBackups: boolean;

  constructor(options: { readonly takesBackups?: boolean } = {}) {
    this.#takesBackups = options.takesBackups ?? true;
  }

  engine(): Engine {
    const observe: Engine['observe'] = {
      createObserver: () => {
        this.created += 1;
        return {
          checkHealth: ({ signal, previous }: ObserveContext) => {
            this.checks += 1;
            return this.check(signal, previous);
          },
          close: async () => {
            this.closed += 1;
          },
        };
      },
      connectCommand: () => ({ command: 'true', args: [] }),
    };
    return {
      observe,
      operate: this.#takesBackups
        ? {
            backup: async () => {
              throw new Error('no test of monitoring takes a backup');
            },
          }
        : {},
      describe: {
        kind: 'scripted',
        title: 'Scripted',
        readConfig: () => ({}),
        members: () => [],
        capabilities: () => ({ verbs: [], backupTypes: [], restoreKinds: [] }),
        recoveryWindow: databaseId => ({
          databaseId,
          intervals: [],
          sentence: 'Nothing can be restored.',
        }),
      },
    };
  }
}

export function readyDatabase(
  id: string,
  engine: Pick<ScriptedEngine, 'engine'>,
  options: {
    readonly repository?: RepositoryDefinition;
    readonly policy?: PolicyDefinition;
    readonly engineKind?: string;
  } = {},
): ReadyDatabase {
  const engineKind = options.engineKind ?? 'scripted';
  return {
    id,
    title: id,
    engineKind,
    definition: { id, title: id, engine: engineKind, config: {} },
    engine: { engine: engine.engine(), engineModule: 'scripted' },
    repository: options.repository,
    policy: options.policy,
  };
}

export const TEST_REPOSITORY: RepositoryDefinition = {
  id: 'main',
  endpoint: 'https://127.0.0.1:8343',
  region: 'us-east-1',
  bucket: 'backups',
  prefix: '',
  controlPrefix: 'control/',
  forcePathStyle: true,
  accessKeyId: new Secret('test-access'),
  secretAccessKey: new Secret('test-secret'),
};

export function testSignal(signal: Partial<Signal>): Signal {
  return {
    id: 'reachable',
    title: 'Reachable',
    status: 'ok',
    sentence: 'pg-1 answers.',
    observedAt: '2026-01-01T00:00:00.000Z',
    ...signal,
  };
}
