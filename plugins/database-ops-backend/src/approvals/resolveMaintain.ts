import { LoggerService } from '@backstage/backend-plugin-api';
import { InputError } from '@backstage/errors';
import { JsonObject } from '@backstage/types';
import { ReadyDatabase } from '../databases/types';
import { withinTime } from '../insight/withinTime';
import { MOST_OBJECTS } from '../operations/requests/judgeMaintain';

const TIMEOUT_SECONDS = 20;

/**
 * Names the objects that the preview suggests now, where none were named: by
 * the time it runs it may suggest others.
 *
 * @throws InputError when it suggests none, or the engine has no preview
 */
export async function resolveMaintain(
  parameters: JsonObject,
  { id, title, engine, definition }: ReadyDatabase,
  { logger }: { readonly logger: LoggerService },
): Promise<JsonObject> {
  if (parameters.objects !== undefined) {
    return parameters;
  }
  const { maintenancePreview } = engine.engine.observe;
  const preview =
    maintenancePreview &&
    (await withinTime(TIMEOUT_SECONDS, title, signal =>
      maintenancePreview(definition, String(parameters.action), {
        logger,
        signal,
      }),
    ));
  const objects = (preview?.items ?? [])
    .filter(({ suggested }) => suggested)
    .map(({ object }) => object)
    .slice(0, MOST_OBJECTS);
  if (objects.length === 0) {
    throw new InputError(
      `Maintenance of database '${id}' needs approval, and the preview suggests nothing now; name the objects.${preview ? ` ${preview.sentence}` : ''}`,
    );
  }
  return { ...parameters, objects };
}
