import { RepositoryDefinition } from '../databases/types';
import { ownSid } from './bucketPolicy';
import { StoredStatement } from './readActualSetup';
import { PolicyStatement } from './types';

/** What a policy becomes, and the differences that lead there. */
export interface PolicyMerge {
  readonly statements: readonly (StoredStatement | PolicyStatement)[];
  readonly changes: readonly string[];
}

/** Puts our statements in the place of our older ones; those of others stay. */
export function mergePolicy(
  repository: RepositoryDefinition,
  actual: readonly StoredStatement[],
  desired: readonly PolicyStatement[],
): PolicyMerge {
  const own = ownSid(repository.id);
  // Another repository's id may begin like this one's: its statements go on with an id, ours with a name.
  const isOurs = ({ Sid }: StoredStatement) =>
    typeof Sid === 'string' &&
    Sid.startsWith(own) &&
    !Sid.slice(own.length).includes('X');
  const ours = actual.filter(isOurs);
  const bySid = new Map(ours.map(each => [String(each.Sid), each]));
  const wanted = new Set(desired.map(({ Sid }) => Sid));
  return {
    statements: [...actual.filter(each => !isOurs(each)), ...desired],
    changes: [
      ...desired.flatMap(statement => {
        const found = bySid.get(statement.Sid);
        if (!found) {
          return [`+ statement ${inWords(statement)}`];
        }
        return canonical(found) === canonical({ ...statement })
          ? []
          : [`~ statement ${inWords(statement)}`];
      }),
      ...ours
        .filter(({ Sid }) => !wanted.has(String(Sid)))
        .map(({ Sid }) => `- statement ${String(Sid)}`),
    ],
  };
}

function inWords({
  Sid,
  Effect,
  Principal,
  Action,
  Resource,
  NotResource,
}: PolicyStatement): string {
  const who = Principal === '*' ? 'everybody' : Principal.AWS.join(', ');
  const where = Resource
    ? Resource.join(', ')
    : `everywhere but ${NotResource?.join(', ')}`;
  return `${Sid}: ${Effect.toLowerCase()} ${who} ${Action.join(', ')} on ${where}`;
}

/** One text for one meaning: stores give single items without their list, and lists in any order. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) {
    const items = value.map(canonical).sort();
    return items.length === 1 ? items[0] : `[${items.join()}]`;
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`);
    return `{${entries.sort().join()}}`;
  }
  return JSON.stringify(String(value));
}
