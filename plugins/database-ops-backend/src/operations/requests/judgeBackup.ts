import { checkParameters, choose } from './parameters';
import { JudgedRequest, KnownRequest } from './types';

/** A backup of a type that the engine offers; its first when none is named. */
export async function judgeBackup({
  capabilities,
  parameters,
}: KnownRequest): Promise<JudgedRequest> {
  const { type: wanted, ...own } = parameters;
  const type = choose(
    capabilities.backupTypes,
    wanted ?? capabilities.backupTypes[0]?.id,
    'Backup type',
  );
  checkParameters(type.parameters, own, `backup type '${type.id}'`);
  return { parameters: { ...parameters, type: type.id } };
}
