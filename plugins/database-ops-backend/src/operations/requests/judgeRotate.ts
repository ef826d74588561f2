import { choose } from './parameters';
import { JudgeRequest } from './types';

/** A credential that the engine offers to renew. */
export const judgeRotate: JudgeRequest = async ({
  capabilities,
  parameters,
}) => {
  const offered = capabilities.rotations ?? [];
  const { id } = choose(
    offered,
    parameters.role ?? offered[0]?.id,
    'Rotation of role',
  );
  return { parameters: { role: id } };
};
