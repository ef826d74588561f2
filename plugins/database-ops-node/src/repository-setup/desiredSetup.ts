import { RepositoryDefinition } from '../databases/types';
import { policyStatements } from './bucketPolicy';
import { LayoutMarker, layoutMarkers } from './layout';
import { lifecycleRules, transitionRules } from './lifecycleRules';
import { DEFAULT_REPOSITORY_SETUP } from './setupSchema';
import {
  LifecycleRuleSpec,
  PolicyStatement,
  RepositorySetup,
  SetupAspect,
} from './types';

/** How a bucket shall be, as data. */
export interface DesiredSetup {
  readonly repository: RepositoryDefinition;
  readonly encryption: 'AES256' | 'aws:kms';
  readonly objectLock: boolean;
  readonly statements: readonly PolicyStatement[];
  readonly rules: readonly LifecycleRuleSpec[];
  readonly transitions: readonly LifecycleRuleSpec[];
  readonly markers: readonly LayoutMarker[];
  /** What the store is known not to have, so that nobody waits for it. */
  readonly unsupported: readonly SetupAspect[];
}

/** Measured on SeaweedFS 4.48: both are answered with 501. */
const UNSUPPORTED: Record<RepositorySetup['store'], readonly SetupAspect[]> = {
  aws: [],
  seaweedfs: ['transitions', 'public-access'],
};

/** What configuration asks of a repository's bucket. */
export function desiredSetup(repository: RepositoryDefinition): DesiredSetup {
  const setup = repository.setup ?? DEFAULT_REPOSITORY_SETUP;
  return {
    repository,
    encryption: repository.serverSideEncryption ?? 'AES256',
    objectLock: setup.objectLock,
    statements: policyStatements(repository, setup),
    rules: lifecycleRules(repository, setup),
    transitions: transitionRules(repository, setup),
    markers: layoutMarkers(repository, setup),
    unsupported: UNSUPPORTED[setup.store],
  };
}
