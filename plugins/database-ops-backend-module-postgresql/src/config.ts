import { JsonValue } from '@backstage/types';
import {
  DatabaseMember,
  parseConfig,
  Secret,
  secretString,
} from 'backstage-plugin-database-ops-node';
import { z } from 'zod';
import { ConfiguredThresholds } from './health/Limits';
import { thresholdsSchema } from './health/thresholds';
import {
  HighAvailabilityConfig,
  highAvailabilitySchema,
  InPlaceConfig,
  inPlaceSchema,
} from './in-place/config';
import { QueryBoxConfig, queryBoxSchema } from './insight/config';
import { MaintenanceConfig, maintenanceSchema } from './maintenance/config';
import { PgBackRestHost, standbyHostsSchema } from './pgbackrest/hosts';
import {
  credentialsFileSchema,
  RotationConfig,
  rotationSchema,
} from './rotation/config';
import { rotationProblems } from './rotation/rotatedRoles';

const port = z.number().int().min(1).max(65535);
const absolutePath = z.string().regex(/^\//, 'expected an absolute path');

/** pgBackRest reads its configuration by line: a value must not be able to add one. */
const oneLine = z.string().regex(/^[^\r\n]+$/, 'expected one line of text');

const schema = z.strictObject({
  members: z
    .array(
      z.strictObject({
        name: z.string().min(1),
        host: z.string().min(1),
        port,
      }),
    )
    .min(1),
  database: z.string().min(1),
  username: z.string().min(1),
  password: secretString(),
  tls: z
    .strictObject({
      mode: z.enum(['verify-full', 'verify-ca', 'disable']).optional(),
      caFile: absolutePath.optional(),
    })
    .optional(),
  credentialsFile: credentialsFileSchema.optional(),
  rotation: rotationSchema('dbops_monitor').optional(),
  pgbackrest: z
    .strictObject({
      stanza: oneLine.regex(
        /^[A-Za-z0-9._-]+$/,
        'expected letters, digits, dots, dashes and underscores',
      ),
      host: oneLine,
      port,
      caFile: absolutePath.and(oneLine),
      certFile: absolutePath.and(oneLine),
      keyFile: absolutePath.and(oneLine),
      serverConfig: absolutePath.and(oneLine),
      dataDirectory: absolutePath.and(oneLine),
      databasePort: port,
      socketDirectory: absolutePath.and(oneLine).optional(),
      repositoryPath: absolutePath.and(oneLine).optional(),
      command: oneLine.optional(),
      cipherPass: secretString().optional(),
      cipherPasses: z.record(z.string(), secretString()).optional(),
      processMax: z.number().int().min(1).max(64).optional(),
      backupTimeoutSeconds: z.number().int().min(10).optional(),
      lockDirectory: absolutePath.and(oneLine).optional(),
      standbyHosts: standbyHostsSchema.optional(),
    })
    .optional(),
  thresholds: thresholdsSchema.optional(),
  walVolumeBytes: z.number().int().min(1).optional(),
  canary: z
    .strictObject({ intervalSeconds: z.number().int().min(5).default(30) })
    .optional(),
  restore: z
    .strictObject({
      directory: absolutePath.and(oneLine),
      runAs: z.string().min(1).optional(),
      binDirectory: absolutePath.optional(),
      timeoutSeconds: z.number().int().min(10).optional(),
      minimumFreeBytes: z.number().int().min(0).optional(),
      portRange: z
        .string()
        .regex(/^\d+-\d+$/, 'expected two ports, for example 12000-14999')
        .optional(),
    })
    .optional(),
  maintenance: maintenanceSchema.optional(),
  queryBox: queryBoxSchema.optional(),
  inPlace: inPlaceSchema.optional(),
  highAvailability: highAvailabilitySchema.optional(),
});

const checkedSchema = schema.superRefine((config, context) => {
  for (const { path, message } of rotationProblems(config)) {
    context.addIssue({ code: 'custom', path: [...path], message });
  }
});

/**
 * How pgBackRest reaches the database host and the repository.
 *
 * @public
 */
export interface PgBackRestConfig {
  readonly stanza: string;
  /** Name in the certificate of pgBackRest's TLS server; an address does not match. */
  readonly host: string;
  readonly port: number;
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
  /** Path of the TLS server's own configuration, on the database host. */
  readonly serverConfig: string;
  /** PGDATA on the database host. */
  readonly dataDirectory: string;
  /** Port of PostgreSQL on the database host, as pgBackRest there uses it. */
  readonly databasePort: number;
  readonly socketDirectory?: string;
  /** pgBackRest's `repo1-path`, absolute in the bucket; `/<prefix>pgbackrest` when absent. */
  readonly repositoryPath?: string;
  /** `pgbackrest` when absent. */
  readonly command?: string;
  readonly cipherPass?: Secret;
  /** Passphrases of repositories that have one of their own, by repository id. */
  readonly cipherPasses?: Readonly<Record<string, Secret>>;
  readonly processMax?: number;
  /** How long one backup may take; 6 h when absent. */
  readonly backupTimeoutSeconds?: number;
  readonly lockDirectory?: string;
  /** Hosts of the standbys: after a failover pgBackRest finds the primary among them. */
  readonly standbyHosts?: readonly PgBackRestHost[];
}

/**
 * A heartbeat row that the portal writes, by which proofs measure; opt-in.
 *
 * @public
 */
export interface CanaryConfig {
  /** Written by health checks: never more often than those run. */
  readonly intervalSeconds: number;
}

/**
 * Where restores go.
 *
 * @public
 */
export interface RestoreConfig {
  /** A folder on the worker's machine; each restore makes one folder below it. */
  readonly directory: string;
  /** Account that runs the restored server where the worker is root; `postgres` when absent. */
  readonly runAs?: string;
  /** Folder of `pg_ctl` and `pg_controldata`; found beside PATH when absent. */
  readonly binDirectory?: string;
  /** How long a restore may take; 6 h when absent. */
  readonly timeoutSeconds?: number;
  /** Kept free beyond what the restore needs. */
  readonly minimumFreeBytes?: number;
  /** Ports restored servers may listen on, for example `12000-14999`; the system picks one when absent. */
  readonly portRange?: string;
}

/**
 * A PostgreSQL database as configured below `databaseOps.databases.<id>.postgresql`.
 *
 * @public
 */
export interface PostgresqlConfig {
  readonly members: readonly DatabaseMember[];
  readonly database: string;
  readonly username: string;
  readonly password: Secret;
  readonly tls?: {
    /** `verify-full` when absent. */
    readonly mode?: 'verify-full' | 'verify-ca' | 'disable';
    readonly caFile?: string;
  };
  /** JSON of username and password, mode 0600, used instead of those above as soon as it is there. */
  readonly credentialsFile?: string;
  readonly rotation?: RotationConfig;
  readonly pgbackrest?: PgBackRestConfig;
  readonly canary?: CanaryConfig;
  /** Size of the volume that holds the WAL folder and nothing else; how long it lasts follows from it. */
  readonly walVolumeBytes?: number;
  /** What signals are judged by instead of their defaults, by signal id. */
  readonly thresholds?: ConfiguredThresholds;
  readonly restore?: RestoreConfig;
  readonly maintenance?: MaintenanceConfig;
  readonly queryBox?: QueryBoxConfig;
  readonly inPlace?: InPlaceConfig;
  readonly highAvailability?: HighAvailabilityConfig;
}

/**
 * @throws InputError naming the path of a wrong key and what was expected
 */
export function readPostgresqlConfig(
  raw: JsonValue | undefined,
  path: string,
): PostgresqlConfig {
  return parseConfig(checkedSchema, raw, path);
}
