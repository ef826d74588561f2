// Signals carry in their details what the next check compares with. Where that
// would be lost, what happened meanwhile would never be told.
import { Signal } from 'backstage-plugin-database-ops-common';
import { unknownSignal } from 'backstage-plugin-database-ops-node';

/** What earlier signals knew, for a check that found out nothing: unknown, with the same details. */
export function carriedOver(
  previous: readonly Signal[] = [],
): readonly Signal[] {
  return previous.flatMap(({ id, title, member, details }) =>
    details
      ? [
          unknownSignal({
            id,
            title,
            member,
            sentence: `'${title}' could not be checked; what was known of it is kept.`,
            details,
          }),
        ]
      : [],
  );
}

/** Signals as they were found, to be compared once more with what was known before them. */
export function comparedAgain(
  found: readonly Signal[],
  previous: readonly Signal[] = [],
): readonly Signal[] {
  const before = new Map(previous.map(({ id, details }) => [id, details]));
  return found.map(signal => {
    const details = signal.details && before.get(signal.id);
    return details ? { ...signal, details } : signal;
  });
}
