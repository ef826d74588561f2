import { ConflictError, InputError } from '@backstage/errors';
import { RetentionService } from '../../retention/RetentionService';
import { JudgeRequest } from './types';

/**
 * Fixes what goes and what stays at the moment of the request. Who confirmed
 * a preview sends its hash and gets exactly that plan or a conflict; a retry
 * may remove what is left of its own plan, and nothing else.
 */
export function createExpireJudge(
  retention: Pick<RetentionService, 'expireRequest'>,
): JudgeRequest {
  return async ({ database, parameters, repositoryId }) => {
    const { planHash, remove } = parameters;
    const plan = await retention.expireRequest(database, repositoryId);
    if (remove !== undefined) {
      const before = Array.isArray(remove) ? remove : [];
      const added = plan.remove.find(id => !before.includes(id));
      if (added !== undefined) {
        throw new ConflictError(
          `Retention of database '${database.id}' would now remove backup '${added}' too, which was not part of the plan; look at the preview again.`,
        );
      }
    } else if (planHash !== undefined && planHash !== plan.planHash) {
      if (typeof planHash !== 'string') {
        throw new InputError(
          "Parameter 'planHash' is no text; take it from the retention preview.",
        );
      }
      throw new ConflictError(
        `What retention would do with database '${database.id}' has changed since the preview was made; look at it again.`,
      );
    }
    return { parameters: { ...plan } };
  };
}
