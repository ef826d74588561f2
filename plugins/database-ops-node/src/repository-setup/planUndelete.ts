/** One version of an object, or the marker that a deletion left. */
export interface ObjectVersion {
  readonly key: string;
  readonly versionId: string;
  readonly isDeleteMarker: boolean;
  readonly isLatest: boolean;
  /** Whole seconds on most stores. */
  readonly modifiedAt: Date;
  readonly sizeBytes: number;
}

/**
 * How one object is brought back.
 *
 * @public
 */
export interface UndeleteStep {
  readonly key: string;
  /** The version that is current again afterwards. */
  readonly versionId: string;
  readonly sizeBytes: number;
  /** Markers to be removed, when that is enough; otherwise the version is copied to the top. */
  readonly markers?: readonly string[];
}

/**
 * What brings back the objects that were there just before a time and are not
 * now. Objects that were replaced and still exist are left alone.
 *
 * @param versions - newest first within a key, as stores list them
 * @param before - the first moment that is not trusted
 */
export function planUndelete(
  versions: readonly ObjectVersion[],
  before: Date,
): readonly UndeleteStep[] {
  const byKey = new Map<string, ObjectVersion[]>();
  for (const version of versions) {
    byKey.set(version.key, [...(byKey.get(version.key) ?? []), version]);
  }
  return [...byKey.values()].flatMap((ofKey): UndeleteStep[] => {
    const [newest] = ofKey;
    const then = ofKey.find(({ modifiedAt }) => modifiedAt < before);
    if (!newest.isDeleteMarker || !then || then.isDeleteMarker) {
      return [];
    }
    const since = ofKey.slice(0, ofKey.indexOf(then));
    const { key, versionId, sizeBytes } = then;
    return since.every(({ isDeleteMarker }) => isDeleteMarker)
      ? [
          {
            key,
            versionId,
            sizeBytes,
            markers: since.map(marker => marker.versionId),
          },
        ]
      : [{ key, versionId, sizeBytes }];
  });
}
