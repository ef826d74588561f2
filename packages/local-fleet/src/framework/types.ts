/**
 * What a member of the local fleet is, and what it is given.
 *
 * A fleet is a folder: everything it writes lies in it, and everything it
 * started can be found again from it (`fleet.json`), so that another process
 * can stop it. Members are real servers on loopback.
 */

/** Groups are what `--only` and tests select; a group starts in the order of its members. */
export type FleetGroup =
  | 's3'
  | 'second-s3'
  | 'postgresql'
  | 'redis'
  | 'kafka'
  | 'zookeeper'
  | 'monitoring';

/** One server process of the fleet. */
export interface FleetMember {
  /** Unique in the fleet, for example `fleet-pg-2`; health sentences name it. */
  readonly name: string;
  readonly group: FleetGroup;
  /** Ports on 127.0.0.1 by purpose, for example `{ client: 5432 }`. */
  readonly ports: Readonly<Record<string, number>>;
  /** Starts the process and resolves when the server answers a real request. Idempotent. */
  start(): Promise<void>;
  /** Stops the process and all of its children, by signal, then by force. Idempotent. */
  stop(options?: { readonly force?: boolean }): Promise<void>;
  /** `running` only when the process of that id and start time lives. */
  state(): Promise<'running' | 'stopped'>;
}

/** One group of the fleet: prepares once (data folders, users, topics), then runs its members. */
export interface FleetGroupDefinition {
  readonly group: FleetGroup;
  /** Groups that must be up before this one. */
  readonly needs: readonly FleetGroup[];
  /** Groups that, where they are started too, must be up before this one. */
  readonly follows?: readonly FleetGroup[];
  /** Not part of a fleet unless it is named. */
  readonly onlyWhenAsked?: boolean;
  /** Members are started at the same time instead of in their order; `ready` must not need the others. */
  readonly startsTogether?: boolean;
  /** Creates configuration and members; no process yet, except short-lived tools. */
  prepare(context: FleetContext): Promise<readonly FleetMember[]>;
  /** After all members answered: users, ACLs, topics, buckets, seed data. Idempotent. */
  provision(context: FleetContext): Promise<void>;
  /**
   * The group's part of the `databaseOps` configuration: databases and
   * repositories by id. Secrets appear as `{ $file: <absolute path> }`.
   */
  configuration(context: FleetContext): Promise<FleetConfigurationPart>;
  /** Writes data at a rate until the signal aborts; canaries included. */
  load?(
    context: FleetContext,
    options: FleetLoadOptions,
  ): Promise<FleetLoadResult>;
}

export interface FleetConfigurationPart {
  readonly repositories?: Record<string, unknown>;
  readonly databases?: Record<string, Record<string, unknown>>;
  /** Top-level keys of `databaseOps`: prometheus, alertmanager. */
  readonly other?: Record<string, unknown>;
}

export interface FleetLoadOptions {
  /** Writes per second, over all writers of the group. */
  readonly ratePerSecond: number;
  readonly signal: AbortSignal;
  /** Called about once a second. */
  readonly onProgress?: (writes: number) => void;
}

export interface FleetLoadResult {
  readonly writes: number;
  readonly canaries: number;
  readonly errors: number;
}

export interface CertificateFiles {
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

export interface FleetContext {
  /** Absolute; traversable by `serviceUser`. */
  readonly directory: string;
  /** The account servers run as when the fleet is started by root; otherwise undefined. */
  readonly serviceUser?: {
    readonly name: string;
    readonly uid: number;
    readonly gid: number;
  };
  /** The fleet's own certificate authority (PEM file). */
  readonly caFile: string;
  /** A certificate for 127.0.0.1, ::1 and localhost, made once per name, key 0600 (owned by the service user when `owner` is `service`). */
  certificate(
    commonName: string,
    options?: { readonly owner?: 'service' | 'self' },
  ): Promise<CertificateFiles>;
  /** PKCS#12 key store of that certificate and the shared trust store, for Java servers; `passwordSecret` names the secret that opens both. */
  javaStores(
    commonName: string,
  ): Promise<{ keyStore: string; trustStore: string; passwordSecret: string }>;
  /** The secret's value, generated once (32 hex characters) and kept in `secrets/<name>`, mode 0600. */
  secret(name: string): Promise<string>;
  /** Path of that secret's file, to be referred to by `$file`. */
  secretFile(name: string): Promise<string>;
  /** A free port on 127.0.0.1, kept for this fleet under that name across restarts. */
  port(name: string): Promise<number>;
  /** Absolute path of a tool, for example `pg_ctl`, `weed`, `java`; throws an error that says how to get it. */
  tool(name: string): Promise<string>;
  /** Folder of jars for a Java server, as an absolute class path pattern: `kafka`, `zookeeper`. */
  classPath(name: 'kafka' | 'zookeeper'): Promise<string>;
  /** A folder below `directory`, created, owned by the service user when `owner` is `service`. */
  folder(
    path: string,
    options?: { readonly owner?: 'service' | 'self' },
  ): Promise<string>;
  /** A long-lived process kept by a pid file with its start time; its output goes to `logs/<name>.log`. */
  process(options: ProcessOptions): FleetProcess;
  /** Whether a group is among those that this fleet was opened with. */
  hasGroup(group: FleetGroup): boolean;
  readonly log: (message: string) => void;
}

export interface ProcessOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Runs as the service user (when there is one). */
  readonly asServiceUser?: boolean;
  /** First signal of a stop; SIGTERM when absent. */
  readonly stopSignal?: NodeJS.Signals;
  /** How long the first signal may take before SIGKILL to the whole process group. */
  readonly stopSeconds?: number;
  /** True when the server answers a real request; polled until it does or `readySeconds` passed. */
  readonly ready: () => Promise<boolean>;
  readonly readySeconds: number;
}

/** A process of its own process group. */
export interface FleetProcess {
  start(): Promise<void>;
  stop(options?: { readonly force?: boolean }): Promise<void>;
  state(): Promise<'running' | 'stopped'>;
  pid(): Promise<number | undefined>;
}
