import { InputError } from '@backstage/errors';
import { BackupStore } from '../../backups/BackupStore';
import {
  findRepository,
  hasSeveralRepositories,
  repositoryIdOf,
} from '../../repositories/repositoriesOf';
import { ARCHIVING_DEPTH } from '../../proofs/depths';
import { checkParameters, choose } from './parameters';
import { JudgeRequest } from './types';

/** A verification of a depth that the engine offers, of a database that has something to verify. */
export function createVerifyJudge(backups: BackupStore): JudgeRequest {
  return async ({ database, capabilities, parameters, repositoryId }) => {
    const { depth: wanted, ...own } = parameters;
    const depths = capabilities.verificationDepths ?? [];
    const depth = choose(
      depths,
      wanted ?? depths[0]?.id,
      'Depth of verification',
    );
    checkParameters(depth.parameters, own, `verification '${depth.id}'`);
    const { id } = findRepository(database, repositoryId);
    if (depth.id === ARCHIVING_DEPTH) {
      return { parameters: { ...own, depth: depth.id } };
    }
    const present = await backups.listPresent(database.id);
    if (
      !present.some(
        backup => repositoryIdOf(database, backup.repositoryId) === id,
      )
    ) {
      throw new InputError(
        `Database '${database.id}' has no present backup to verify${hasSeveralRepositories(database) ? ` in repository '${id}'` : ''}; take a backup or an inventory first.`,
      );
    }
    return { parameters: { ...own, depth: depth.id } };
  };
}
