import { JsonObject } from '@backstage/types';
import { canonicalJson } from '../audit/chain';
import { ReadyDatabase } from '../databases/types';
import { ValidRequest } from '../operations/requests/types';
import { storedAs } from '../repositories/repositoriesOf';
import { findRepositoryId, ResolveSources, targetOf } from './resolveRequest';
import { ApprovalTarget } from './types';

/** Names of what an operation would act on otherwise than it was approved. */
export async function changedTarget(
  approved: ApprovalTarget,
  request: ValidRequest,
  database: ReadyDatabase,
  sources: Omit<ResolveSources, 'logger'>,
): Promise<readonly string[]> {
  const now = asJson(await targetNow(approved, request, database, sources));
  const then = asJson(approved);
  return [...new Set([...Object.keys(then), ...Object.keys(now)])]
    .filter(
      name =>
        canonicalJson(then[name] ?? null) !== canonicalJson(now[name] ?? null),
    )
    .sort();
}

async function targetNow(
  approved: ApprovalTarget,
  request: ValidRequest,
  database: ReadyDatabase,
  sources: Omit<ResolveSources, 'logger'>,
): Promise<ApprovalTarget> {
  if (request.kind !== 'restore') {
    return targetOf(request, database, sources);
  }
  // Its parameters name the moment; what they are read from goes on.
  const repositoryId = findRepositoryId(
    database,
    request.parameters.repositoryId,
  );
  const inventory = await sources.backups.getInventory(
    database.id,
    storedAs(database, repositoryId),
  );
  return {
    ...approved,
    repositoryId,
    systemId: inventory?.systemId,
  };
}

function asJson(target: ApprovalTarget): JsonObject {
  return JSON.parse(JSON.stringify(target)) as JsonObject;
}
