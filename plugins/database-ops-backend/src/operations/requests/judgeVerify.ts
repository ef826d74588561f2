import { InputError } from '@backstage/errors';
import { BackupStore } from '../../backups/BackupStore';
import { checkParameters, choose } from './parameters';
import { JudgeRequest } from './types';

/** A verification of a depth that the engine offers, of a database that has something to verify. */
export function createVerifyJudge(backups: BackupStore): JudgeRequest {
  return async ({ database, capabilities, parameters }) => {
    const { depth: wanted, ...own } = parameters;
    const depths = capabilities.verificationDepths ?? [];
    const depth = choose(
      depths,
      wanted ?? depths[0]?.id,
      'Depth of verification',
    );
    checkParameters(depth.parameters, own, `verification '${depth.id}'`);
    if ((await backups.listPresent(database.id)).length === 0) {
      throw new InputError(
        `Database '${database.id}' has no present backup to verify; take a backup or an inventory first.`,
      );
    }
    return { parameters: { ...own, depth: depth.id } };
  };
}
