import { InputError } from '@backstage/errors';
import { choose } from './parameters';
import { JudgedRequest, KnownRequest } from './types';

/** More than anybody looks through in a preview. */
export const MOST_OBJECTS = 200;
/** Two quoted names of PostgreSQL with each character doubled fit. */
const LONGEST_NAME = 300;

/** An action that the engine offers, on named objects or on those that its preview suggests by then. */
export async function judgeMaintain({
  capabilities,
  parameters,
}: KnownRequest): Promise<JudgedRequest> {
  const { action: wanted, objects, ...unknown } = parameters;
  const action = choose(
    capabilities.maintenance ?? [],
    wanted,
    'Maintenance action',
  );
  const [surplus] = Object.keys(unknown);
  if (surplus !== undefined) {
    throw new InputError(
      `Maintenance has no parameter '${surplus}'; give action and objects.`,
    );
  }
  if (objects === undefined) {
    return { parameters: { action: action.id } };
  }
  if (
    !Array.isArray(objects) ||
    objects.length === 0 ||
    objects.length > MOST_OBJECTS ||
    !objects.every(isName)
  ) {
    throw new InputError(
      `Parameter 'objects' must name 1 to ${MOST_OBJECTS} objects as the preview does; leave it out for those that the preview suggests.`,
    );
  }
  return { parameters: { action: action.id, objects: [...new Set(objects)] } };
}

function isName(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value.length > 0 &&
    value.length <= LONGEST_NAME
  );
}
