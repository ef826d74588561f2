import { ConflictError, InputError } from '@backstage/errors';
import { JsonObject } from '@backstage/types';
import { Resolution } from 'backstage-plugin-database-ops-node';
import { ReadyDatabase } from '../databases/types';
import { KnownRepository } from '../repositories/knownInventories';
import { findRepository } from '../repositories/repositoriesOf';

interface Candidate extends KnownRepository {
  readonly resolution: Resolution;
}

/** Nearest moments of several repositories, at most as many as one gives. */
const SHOWN_NEAREST = 2;

/**
 * What an engine makes of a moment, by the last inventories. Of several
 * repositories the first is chosen that answers and holds the moment, of the
 * newest moment the one whose archive goes furthest; a named one is taken as
 * it is.
 *
 * @param wanted - the repository that was asked for
 * @throws InputError when the engine has no moments beside its backups,
 * ConflictError when nobody has looked at the repository yet
 */
export function resolveOn(
  database: ReadyDatabase,
  known: readonly KnownRepository[],
  parameters: JsonObject,
  wanted?: string,
): Resolution {
  const { resolve } = database.engine.engine.describe;
  if (!resolve) {
    throw new InputError(
      `Engine '${database.engineKind}' of database '${database.id}' restores backups only; choose one of the list.`,
    );
  }
  const asked =
    wanted === undefined
      ? known
      : known.filter(
          ({ repository }) => repository === findRepository(database, wanted),
        );
  const candidates = asked.flatMap(each =>
    each.inventory
      ? [
          {
            ...each,
            resolution: resolve(database.id, each.inventory, parameters),
          },
        ]
      : [],
  );
  if (candidates.length === 0) {
    throw new ConflictError(
      `The repository of database '${database.id}' has not been read yet; run an inventory first.`,
    );
  }
  if (known.length === 1) {
    return candidates[0].resolution;
  }
  if (wanted !== undefined) {
    return inRepository(candidates[0], `Repository '${wanted}' was asked for.`);
  }
  return choose(candidates, parameters.kind === 'latest');
}

function choose(candidates: readonly Candidate[], newest: boolean): Resolution {
  const holding = candidates.filter(({ resolution }) => resolution.reachable);
  const able = holding.filter(({ unreachable }) => unreachable === undefined);
  const silent = candidates.filter(
    ({ unreachable }) => unreachable !== undefined,
  );
  const [first] = newest ? byNewestMoment(able) : able;
  if (first) {
    const passed = silent.map(
      ({ repository }) => `'${repository.id}' does not answer`,
    );
    const others = able.length > 1 ? ' of those that can' : '';
    return inRepository(
      first,
      `Repository '${first.repository.id}' is taken: ${newest ? `its archive goes furthest${others}` : `the first${others} that answers and holds this moment`}${passed.length > 0 ? `; ${passed.join(', ')}` : ''}.`,
    );
  }
  const [one] = candidates;
  const unanswered = holding.map(
    ({ repository, unreachable }) =>
      `Only repository '${repository.id}' holds it, which does not answer now: ${unreachable}`,
  );
  const nearest = candidates
    .filter(({ unreachable }) => unreachable === undefined)
    .flatMap(({ resolution }) => resolution.nearest ?? []);
  const { resolution } = candidates.find(
    ({ unreachable }) => unreachable === undefined,
  ) ?? { resolution: one.resolution };
  return {
    reachable: false,
    sentence:
      unanswered.length > 0
        ? `This moment cannot be restored now. ${unanswered.join(' ')}${silentSentence(resolution)} To try it all the same, name the repository.`
        : `${resolution.sentence}${silent.map(({ repository }) => ` Repository '${repository.id}' does not answer; when it was last read, it did not hold it either.`).join('')}`,
    nearest: nearest.slice(0, SHOWN_NEAREST),
  };
}

function silentSentence({ reachable, sentence }: Resolution): string {
  return reachable ? '' : ` Elsewhere: ${sentence}`;
}

function byNewestMoment(able: readonly Candidate[]): readonly Candidate[] {
  const timeOf = ({ resolution }: Candidate) =>
    Date.parse(resolution.moment?.time ?? '') || 0;
  return [...able].sort((a, b) => timeOf(b) - timeOf(a));
}

function inRepository(
  { repository, resolution }: Candidate,
  repositorySentence: string,
): Resolution {
  return {
    ...resolution,
    repositoryId: repository.id,
    repositorySentence,
  };
}
