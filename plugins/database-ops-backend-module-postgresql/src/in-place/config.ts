import { z } from 'zod';

const absolutePath = z
  .string()
  .regex(/^\/[^\r\n]*$/, 'expected an absolute path');
const argumentList = z
  .array(z.string().min(1))
  .min(1, 'expected a program and its arguments, each an item of the list');

/** What is put back after a cancel is ended by force after two hours: a start has to end before. */
const LONGEST_TIMEOUT_SECONDS = 6_900;

/** The key `postgresql.inPlace`. */
export const inPlaceSchema = z.strictObject({
  directory: absolutePath,
  dataDirectory: absolutePath.optional(),
  member: z.string().min(1).optional(),
  stop: argumentList.optional(),
  start: argumentList.optional(),
  timeoutSeconds: z
    .number()
    .int()
    .min(10)
    .max(LONGEST_TIMEOUT_SECONDS)
    .optional(),
});

/** The key `postgresql.highAvailability`. */
export const highAvailabilitySchema = z.strictObject({
  patroni: z
    .strictObject({
      url: z.url({ protocol: /^https?$/ }),
      caFile: absolutePath.optional(),
    })
    .optional(),
});

/**
 * How a source is replaced by what a restore makes. The worker runs on the
 * host of the source.
 *
 * @public
 */
export interface InPlaceConfig {
  /** A folder on the file system of the data directory: restores are made and the old data directory is kept in it. */
  readonly directory: string;
  /** PGDATA of the source on the worker's host; `pgbackrest.dataDirectory` when absent. */
  readonly dataDirectory?: string;
  /** Name of the member that runs on the worker's host; the primary when absent. */
  readonly member?: string;
  /** Program and arguments that stop the source, for example `[systemctl, stop, postgresql@15-main]`; `pg_ctl` when absent. */
  readonly stop?: readonly string[];
  /** The same to start it. */
  readonly start?: readonly string[];
  /** How long a stop or a start may take, up to 6,900; 300 when absent. */
  readonly timeoutSeconds?: number;
}

/**
 * What may promote a standby by itself.
 *
 * @public
 */
export interface HighAvailabilityConfig {
  readonly patroni?: {
    /** Of the REST API of one member or of a balancer before them. */
    readonly url: string;
    /** PEM file of the authority that signed its certificate; the system's when absent. */
    readonly caFile?: string;
  };
}
