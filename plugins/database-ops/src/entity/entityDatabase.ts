import { Entity } from '@backstage/catalog-model';
import { DATABASE_ID_ANNOTATION } from 'backstage-plugin-database-ops-common';

/** The id of an entity's database, from its annotation. */
export function databaseIdOf(entity: Entity): string | undefined {
  return entity.metadata.annotations?.[DATABASE_ID_ANNOTATION];
}

/**
 * Whether an entity names a database by the annotation
 * `database-ops/database-id`, so that the tab and the cards belong on its page.
 *
 * @public
 */
export function isDatabaseAvailable(entity: Entity): boolean {
  return Boolean(databaseIdOf(entity));
}
