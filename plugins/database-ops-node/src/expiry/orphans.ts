import { ObjectStore } from '../store/ObjectStore';
import { Orphan } from './types';

/**
 * How backups of a format of ours lie in a repository: each below a folder of
 * its own, where a manifest appears after all its data.
 *
 * @public
 */
export interface BackupLayout {
  /** Folder of the folders, ending in a slash, relative to the repository's prefix. */
  readonly folder: string;
  /** Name of the manifest in a backup's folder. */
  readonly manifest: string;
  readonly store: ObjectStore;
}

/** What lies in one backup's folder. */
interface Heap {
  readonly keys: string[];
  sizeBytes: number;
  modifiedAtMs: number;
  hasManifest: boolean;
}

/**
 * Removes data without a manifest when all of it is older than the grace
 * time, and tells of all there is. A younger heap may be a backup on its way,
 * taken by somebody who does not hold our lease.
 *
 * @public
 */
export async function removeOrphans(
  layout: BackupLayout,
  options: {
    readonly now: Date;
    readonly graceSeconds: number;
    readonly signal: AbortSignal;
    /** Told of each before anything of it is removed. */
    readonly onOrphan: (orphan: Orphan) => void;
  },
): Promise<readonly Orphan[]> {
  const { now, graceSeconds, signal, onOrphan } = options;
  const orphans: Orphan[] = [];
  for (const [prefix, heap] of await heapsOf(layout)) {
    if (heap.hasManifest) {
      continue;
    }
    const ageMs = now.getTime() - heap.modifiedAtMs;
    const orphan: Orphan = {
      prefix,
      objects: heap.keys.length,
      sizeBytes: heap.sizeBytes,
      modifiedAt: new Date(heap.modifiedAtMs).toISOString(),
      removed: ageMs > graceSeconds * 1000,
    };
    onOrphan(orphan);
    if (orphan.removed) {
      await removeKeys(layout.store, heap.keys, signal);
    }
    orphans.push(orphan);
  }
  return orphans;
}

/**
 * Removes a backup of a format of ours: its manifest first, so that what a
 * crash leaves is an orphan and never a backup without its data. Idempotent.
 *
 * @public
 */
export async function removeBackup(
  { store, folder, manifest }: BackupLayout,
  backupId: string,
  signal: AbortSignal,
): Promise<void> {
  const prefix = `${folder}${backupId}/`;
  const keys: string[] = [];
  for await (const { key } of store.list(prefix)) {
    keys.push(key);
  }
  const isManifest = (key: string) => key === `${prefix}${manifest}`;
  await removeKeys(
    store,
    [...keys.filter(isManifest), ...keys.filter(key => !isManifest(key))],
    signal,
  );
}

async function heapsOf({
  store,
  folder,
  manifest,
}: BackupLayout): Promise<ReadonlyMap<string, Heap>> {
  const heaps = new Map<string, Heap>();
  for await (const { key, sizeBytes, modifiedAt } of store.list(folder)) {
    const [name, ...rest] = key.slice(folder.length).split('/');
    // What lies beside the folders is none of ours.
    if (rest.length === 0) {
      continue;
    }
    const prefix = `${folder}${name}/`;
    const heap = heaps.get(prefix) ?? {
      keys: [],
      sizeBytes: 0,
      modifiedAtMs: 0,
      hasManifest: false,
    };
    heap.keys.push(key);
    heap.sizeBytes += sizeBytes;
    heap.modifiedAtMs = Math.max(heap.modifiedAtMs, modifiedAt.getTime());
    heap.hasManifest ||= rest.join('/') === manifest;
    heaps.set(prefix, heap);
  }
  return heaps;
}

async function removeKeys(
  store: ObjectStore,
  keys: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  for (const key of keys) {
    signal.throwIfAborted();
    await store.delete(key);
  }
}
