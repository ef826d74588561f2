import { DatabaseDefinition, RepositoryDefinition } from '../databases/types';
import { repositoryFor } from '../databases/repositoryFor';
import { sealSecrets } from '../secrets/sealing';
import { WorkerSpec } from './types';

/**
 * What a worker spec is made of before secrets are taken out.
 *
 * @public
 */
export type OpenWorkerSpec = Omit<
  WorkerSpec,
  'version' | 'database' | 'repository'
> & {
  readonly database: DatabaseDefinition;
  readonly repository: RepositoryDefinition;
};

/**
 * Makes the spec of a worker and, apart from it, the secrets to hand to
 * {@link Executor.start}.
 *
 * @public
 */
export function sealWorkerSpec(open: OpenWorkerSpec): {
  readonly spec: WorkerSpec;
  readonly secrets: Readonly<Record<string, string>>;
} {
  const database = sealSecrets(open.database);
  const repository = sealSecrets(repositoryFor(open.kind, open.repository));
  return {
    spec: {
      ...open,
      version: 1,
      database: database.sealed,
      repository: repository.sealed,
    },
    // The paths of the two cannot meet: a database's secrets lie below 'config'.
    secrets: { ...repository.secrets, ...database.secrets },
  };
}
