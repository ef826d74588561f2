import {
  Entity,
  RELATION_DEPENDENCY_OF,
  RELATION_OWNED_BY,
  stringifyEntityRef,
} from '@backstage/catalog-model';
import { CatalogService } from '@backstage/plugin-catalog-node';
import { BlastRadius } from 'backstage-plugin-database-ops-common';
import { Caller } from '../permissions/DatabaseAuthorizer';

/** Something that depends on a database, as the catalog says. */
export type Dependent = BlastRadius['dependents'][number];

function targets(entity: Entity, type: string): readonly string[] {
  return (entity.relations ?? [])
    .filter(relation => relation.type === type)
    .map(({ targetRef }) => targetRef);
}

function describe(entity: Entity, relation: string): Dependent {
  return {
    entityRef: stringifyEntityRef(entity),
    title: entity.metadata.title ?? entity.metadata.name,
    owner: targets(entity, RELATION_OWNED_BY)[0],
    relation,
  };
}

/**
 * What depends on an entity, and what depends on that, as far as the caller may
 * see it in the catalog.
 *
 * @throws NotFoundError when the caller sees no such entity.
 */
export async function catalogDependents(
  catalog: CatalogService,
  entityRef: string,
  caller: Caller,
): Promise<
  | {
      readonly owner?: string;
      readonly dependents: readonly Dependent[];
    }
  | undefined
> {
  const read = async (entityRefs: readonly string[]) =>
    entityRefs.length === 0
      ? []
      : (
          await catalog.getEntitiesByRefs(
            { entityRefs: [...entityRefs] },
            { credentials: caller },
          )
        ).items.filter(entity => entity !== undefined);
  const [entity] = await read([entityRef]);
  if (!entity) {
    return undefined;
  }
  const direct = await read(targets(entity, RELATION_DEPENDENCY_OF));
  const seen = new Set([entityRef, ...direct.map(stringifyEntityRef)]);
  const through = new Map<string, string>();
  for (const dependent of direct) {
    for (const ref of targets(dependent, RELATION_DEPENDENCY_OF)) {
      if (!seen.has(ref) && !through.has(ref)) {
        through.set(ref, dependent.metadata.title ?? dependent.metadata.name);
      }
    }
  }
  const indirect = await read([...through.keys()]);
  return {
    owner: targets(entity, RELATION_OWNED_BY)[0],
    dependents: [
      ...direct.map(item => describe(item, 'depends on it')),
      ...indirect.map(item =>
        describe(item, `depends on ${through.get(stringifyEntityRef(item))}`),
      ),
    ],
  };
}
