/**
 * A real TimescaleDB for tests, in a database of its own.
 *
 * @public
 */
export interface TimescaleServer {
  /** The `postgresql` key of a database's configuration; its role has `pg_monitor` only. */
  readonly configuration: {
    readonly members: {
      readonly name: string;
      readonly host: string;
      readonly port: number;
    }[];
    readonly database: string;
    readonly username: string;
    readonly password: string;
    readonly tls: { readonly mode: string; readonly caFile?: string };
  };
  /** As superuser; not while somebody is connected by the configuration. */
  query<TRow extends object>(sql: string): Promise<readonly TRow[]>;
  close(): Promise<void>;
}

/**
 * A kind of TimescaleDB that this machine can run.
 *
 * @public
 */
export interface TimescaleKind {
  /** For example `WebAssembly`. */
  readonly name: string;
  /** Whether background workers run jobs by themselves. */
  readonly runsJobs: boolean;
  start(): Promise<TimescaleServer>;
}
