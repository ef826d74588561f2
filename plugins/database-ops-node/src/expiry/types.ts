import { z } from 'zod';

/**
 * The parameters of an `expire`: exactly what goes, exactly what stays.
 *
 * @public
 */
export const expireRequestSchema = z.object({
  /** Ids of the backups to remove; what needs one of them is among them. */
  remove: z.array(z.string().min(1)),
  /** Ids of the backups that were there when it was planned and stay. */
  keep: z.array(z.string().min(1)),
  /** The log is kept whole from the start of this full backup; absent: all of it. */
  logsFrom: z.object({ backupId: z.string(), time: z.string() }).optional(),
  /** SHA-256 of what the plan does; people confirm this one. */
  planHash: z.string(),
});

/**
 * What an `expire` is asked to do.
 *
 * @public
 */
export type ExpireRequest = Readonly<z.output<typeof expireRequestSchema>>;

/**
 * Objects that belong to no backup: their manifest never came, or is gone.
 *
 * @public
 */
export interface Orphan {
  /** What they lie below, relative to the repository's prefix. */
  readonly prefix: string;
  readonly objects: number;
  readonly sizeBytes: number;
  /** Of the youngest; ISO 8601 UTC. */
  readonly modifiedAt: string;
  /** Younger ones than the grace time stay: their backup may be running elsewhere. */
  readonly removed: boolean;
}

/**
 * What `expire` gives beside the repository read again.
 *
 * @public
 */
export interface ExpireOutcome {
  /** Engines whose tool cleans up by itself give none. */
  readonly orphans: readonly Orphan[];
  /** From where the log is there now, as the engine names positions. */
  readonly logsFrom?: string;
  /** What is locked against removal, or why not all is, in a sentence; where the bucket has Object Lock. */
  readonly locks?: string;
}
