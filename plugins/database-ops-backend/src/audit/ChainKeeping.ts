/** How the chain is kept; all of it from `databaseOps.audit`. */
export interface ChainKeeping {
  /** Name of this portal's chain in a repository that it shares with another. */
  readonly chain?: string;
  readonly anchorAfterSeconds: number;
  /** Events older than this are archived; never when absent. */
  readonly retentionSeconds?: number;
  /** How long anchors and archive are locked; absent where the bucket has no Object Lock. */
  readonly lockSeconds?: number;
}
