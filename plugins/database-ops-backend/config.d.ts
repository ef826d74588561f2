type OperationKindName =
  | 'inventory'
  | 'backup'
  | 'restore'
  | 'advance'
  | 'promote'
  | 'discard'
  | 'verify'
  | 'expire'
  | 'maintain'
  | 'rotate'
  | 'archive'
  | 'apply';

export interface Config {
  databaseOps?: {
    /** Where backups live, by id: a bucket and prefix of an S3 store. */
    repositories?: {
      [repositoryId: string]: {
        /** `https://host:port`; AWS itself when absent. */
        endpoint?: string;
        /** `us-east-1` when absent. */
        region?: string;
        bucket: string;
        /** Prefix of everything in the bucket, without a leading slash. */
        prefix?: string;
        /** Prefix (below `prefix`) of leases, without default retention; `control/` when absent. */
        controlPrefix?: string;
        forcePathStyle?: boolean;
        /** PEM file of the authority that signed the store's certificate. */
        caFile?: string;
        /** @visibility secret */
        accessKeyId: string;
        /** @visibility secret */
        secretAccessKey: string;
        /** Asked for with each put; the bucket's default when absent. */
        serverSideEncryption?: 'AES256' | 'aws:kms';
      };
    };
    /** Schedules and objectives, by name; shared by databases. */
    policies?: {
      [policyName: string]: {
        objectives?: {
          /** Most data that may be lost, an ISO 8601 duration such as PT1H. */
          rpo?: string;
          /** Longest way back to service, an ISO 8601 duration. */
          rto?: string;
        };
        schedules?: {
          [scheduleName: string]: {
            kind: OperationKindName;
            /** Backup type; the engine's first one when absent. */
            type?: string;
            /** Five fields, such as `0 2 * * *`. */
            cron: string;
            /** IANA name; UTC when absent. */
            timeZone?: string;
            suspended?: boolean;
          };
        };
      };
    };
    /** Databases by id; an engine's own keys stand under its kind. */
    databases?: {
      [databaseId: string]: {
        title?: string;
        /** Kind of an installed engine, such as postgresql. */
        engine: string;
        /** Id of a repository; without one the database is only observed. */
        repository?: string;
        /** Name of a policy. */
        policy?: string;
        environment?: string;
        /** Entity reference of the database in the catalog; its owner is the database's owner. */
        entity?: string;
      };
    };
    executor?: {
      /** `local` when absent, or the name of an executor that a module adds. */
      type?: string;
      /** Kept over restarts; each operation has a folder of its id below it. */
      stateDirectory?: string;
      /** Lease of a database's part of a repository that a worker takes; 30 when absent. */
      leaseSeconds?: number;
      /** How long another host's silence is waited for; 60 when absent. */
      heartbeatSeconds?: number;
      /**
       * How long the discard of a restored instance waits for the host that
       * holds it, until it fails and the instance counts as lost; 600 when absent.
       */
      absentHostSeconds?: number;
      /** Longest run by kind of operation, ISO 8601 durations. */
      timeouts?: { [kind in OperationKindName]?: string };
    };
    /** What service principals may start; they may change nothing else. */
    services?: Array<{
      /** As the portal names it, such as `external:night-shift`. */
      subject: string;
      databases: string[];
      kinds: OperationKindName[];
    }>;
    /**
     * Entity references of people and groups who are told of what belongs to
     * no database, such as a scheduler that stopped.
     */
    operators?: string[];
    reconciliation?: {
      /**
       * How often inventories are read from repositories; 300 when absent. One
       * older than twice this, or none, has an inventory requested.
       */
      intervalSeconds?: number;
    };
    health?: {
      /** 30 when absent. */
      intervalSeconds?: number;
      /** 10 when absent. */
      timeoutSeconds?: number;
      /** Databases checked at the same time; 8 when absent. */
      concurrency?: number;
    };
    prometheus?: {
      url: string;
      /** PEM file of the authority that signed its certificate. */
      caFile?: string;
      username?: string;
      /** @visibility secret */
      password?: string;
      /** How often it scrapes; 15 when absent. */
      scrapeIntervalSeconds?: number;
    };
    alertmanager?: {
      url: string;
      /** PEM file of the authority that signed its certificate. */
      caFile?: string;
      username?: string;
      /** @visibility secret */
      password?: string;
      /** Label of an alert that holds a database's id; `database` when absent. */
      databaseLabel?: string;
    };
    grafana?: {
      url: string;
      /** Dashboard uid by kind of engine. */
      dashboards?: { [engineKind: string]: string };
    };
    panels?: {
      /** By kind of engine. */
      [engineKind: string]: {
        /** Grafana dashboard JSON to draw instead of the one that comes with the plugin. */
        dashboardFile?: string;
      };
    };
  };
}
