/** One field that differs, with what stood and what stands there. */
export interface FieldChange {
  readonly path: string;
  /** Absent: it was added. */
  readonly before?: string;
  /** Absent: it was removed. */
  readonly after?: string;
}

type JsonMap = Readonly<Record<string, unknown>>;

function isMap(value: unknown): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The leaves of a value by their path, for example `schedules.daily.cron`. */
function leavesOf(value: unknown, path: string = ''): [string, string][] {
  if (isMap(value) && Object.keys(value).length > 0) {
    return Object.entries(value).flatMap(([key, inner]) =>
      leavesOf(inner, path ? `${path}.${key}` : key),
    );
  }
  if (value === undefined) {
    return [];
  }
  return [[path, typeof value === 'string' ? value : JSON.stringify(value)]];
}

/** What differs between two values, field by field, in the order of their paths. */
export function differenceOf(before: unknown, after: unknown): FieldChange[] {
  const old = new Map(leavesOf(before));
  const now = new Map(leavesOf(after));
  const paths = [...new Set([...old.keys(), ...now.keys()])].sort();
  return paths.flatMap(path =>
    old.get(path) === now.get(path)
      ? []
      : [{ path, before: old.get(path), after: now.get(path) }],
  );
}

/** An event's details: what changed, and everything else that it says. */
export function splitDetails(details: JsonMap | undefined): {
  readonly changes?: readonly FieldChange[];
  readonly others: JsonMap;
} {
  const { before, after, ...others } = details ?? {};
  return before === undefined && after === undefined
    ? { others }
    : { changes: differenceOf(before, after), others };
}
