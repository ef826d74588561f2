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

interface DatabaseOpsPolicy {
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
      /** Further parameters of the operations. */
      parameters?: object;
      /** Five fields, such as `0 2 * * *`. */
      cron: string;
      /** IANA name; UTC when absent. */
      timeZone?: string;
      suspended?: boolean;
      /** Spreads the runs of many databases over this long, an ISO 8601 duration; not at all when absent. */
      jitter?: string;
      /** Runs missed while no portal ran: made up by one (`once`, when absent), or skipped. */
      missed?: 'once' | 'skip';
    };
  };
  /** Times of the week in which no schedule starts anything; a run due then moves to the end. */
  blackouts?: Array<{
    /** Days on which it begins; every day when absent. */
    days?: Array<'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun'>;
    /** `HH:mm` */
    from: string;
    /** `HH:mm` or `24:00`; before `from` it is the next day's. */
    to: string;
    /** IANA name; UTC when absent. */
    timeZone?: string;
    reason: string;
    /** Every kind when absent. */
    kinds?: OperationKindName[];
  }>;
  /** Longest run by kind of operation, over executor.timeouts; ISO 8601 durations. */
  timeouts?: { [kind in OperationKindName]?: string };
  /** Of operations that a schedule requested and that failed. */
  retries?: {
    /** After the first attempt; 0 when absent. */
    attempts?: number;
    /** PT5M when absent. */
    delay?: string;
    /** Each delay is the one before times this; 2 when absent. */
    factor?: number;
    /** PT1H when absent. */
    maximumDelay?: string;
  };
  /** A backup stays while any rule wants it; nothing is removed when absent. */
  retention?: {
    /** Any second of it stays restorable, an ISO 8601 duration. */
    window?: string;
    /** Full backups with all that builds on them: the newest, by count or age. */
    fulls?: { count?: number; age?: string };
    /** The newest backups of any type. */
    keepLast?: number;
    /** Every backup younger than this; at least the window. */
    age?: string;
    /** That many hours keep their last backup; the others alike. */
    hourly?: number;
    daily?: number;
    weekly?: number;
    monthly?: number;
    yearly?: number;
    /** Zone of the hours, days, weeks, months and years; UTC when absent. */
    timeZone?: string;
  };
  /** Which operations need a second person. */
  approvals?: Array<{
    kinds: OperationKindName[];
    /** Only restores of these modes. */
    modes?: Array<'in-place' | 'new-place'>;
    /** Entity references of users and groups. */
    approvers: string[];
    /** PT4H when absent. */
    expiresAfter?: string;
    /** Who may go ahead alone in an emergency, reviewed afterwards. */
    emergency?: string[];
  }>;
  /** Who hears of what; the owner hears of everything when absent. */
  notifications?: Array<{
    events: Array<
      | 'failed'
      | 'overdue'
      | 'approval-wanted'
      | 'restored'
      | 'promoted'
      | 'proof-failed'
      | 'backup-vanished'
      | 'stuck'
      | 'emergency-override'
      | 'audit-broken'
      | 'direct-operation'
      | 'failover'
    >;
    /** `owner`, or entity references of users and groups. */
    recipients: string[];
  }>;
}

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
        /**
         * The account that removes backups; given to workers of kind `expire`
         * alone, and the account above then deletes nothing but leases.
         */
        retention?: {
          /** @visibility secret */
          accessKeyId: string;
          /** @visibility secret */
          secretAccessKey: string;
        };
        /** Asked for with each put; the bucket's default when absent. */
        serverSideEncryption?: 'AES256' | 'aws:kms';
        /**
         * How the bucket shall be set up: `dbops repository plan`, `apply` and
         * `check`, and the signal `repository-setup`. No signal when absent.
         */
        setup?: {
          /** `aws` when absent. */
          store?: 'aws' | 'seaweedfs';
          /** Principals of the bucket policy, such as `arn:aws:iam::123456789012:role/writer`. */
          identities?: {
            /** They archive their log and delete nothing. */
            databaseHosts?: string[];
            /** Portal and workers: they remove no version and shorten no lock. */
            writers?: string[];
            /** It alone ends versions for good; never one of the others. */
            retention?: string[];
          };
          /** Parts of the repository that an engine's own tool keeps, such as pgBackRest. */
          toolPrefixes?: Array<{
            /** Below the repository's prefix, ending in a slash. */
            prefix: string;
            /** Whether the tool asks for encryption with each put; false when absent. */
            sendsEncryptionHeader?: boolean;
          }>;
          /** 7 when absent. */
          multipartLeftoversDays?: number;
          /** How long a deletion in a tool's part can be undone; 30 when absent. */
          noncurrentVersionDays?: number;
          /** Whether objects can be locked; false when absent. A default retention is never set. */
          objectLock?: boolean;
          /** Only to classes that a restore can read at once. */
          transitions?: Array<{
            prefix?: string;
            afterDays: number;
            storageClass: string;
          }>;
        };
        /** For the estimate of what storage costs; nothing is estimated when absent. */
        prices?: {
          /** ISO 4217, such as EUR. */
          currency: string;
          /** For 10^9 bytes and month, by storage class. */
          perGigabyteMonth: { [storageClass: string]: number };
        };
      };
    };
    /**
     * What is promised and done, by name; shared by databases. One of the
     * names postgresql-default, redis-default, kafka-default and
     * zookeeper-default replaces the policy that comes with the plugin.
     */
    policies?: {
      [policyName: string]: DatabaseOpsPolicy;
    };
    /** How many operations run at a time, over all replicas. */
    concurrency?: {
      /** 8 when absent. */
      total?: number;
      /** On databases of one repository; 2 when absent. */
      perRepository?: number;
      /** On one host; 4 when absent. */
      perHost?: number;
    };
    /** Databases by id; an engine's own keys stand under its kind. */
    databases?: {
      [databaseId: string]: {
        title?: string;
        /** Kind of an installed engine, such as postgresql. */
        engine: string;
        /** Id of a repository; without one the database is only observed. */
        repository?: string;
        /**
         * Ids of further repositories, each with backups, retention and proofs of
         * its own, where the engine can. The order is the tool's numbering: append,
         * never reorder.
         */
        additionalRepositories?: string[];
        /** Name of a policy. */
        policy?: string;
        /** Laid over the policy for this database: maps merge, lists replace. */
        overrides?: DatabaseOpsPolicy;
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
      /**
       * How long a worker may report nothing until people are told that it
       * seems to be stuck; 1800 when absent.
       */
      stuckAfterSeconds?: number;
      /** How long it may be silent until it is ended; 7200 when absent. */
      stuckEndSeconds?: number;
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
    /** How long operations that ended are kept, ISO 8601 durations; the audit history has its own. */
    history?: {
      /** P400D when absent. */
      operations?: string;
      /** What their workers said: P90D when absent. */
      events?: string;
    };
    /**
     * Entity references of people and groups who are told of what belongs to
     * no database, such as a scheduler that stopped.
     */
    operators?: string[];
    audit?: {
      /** Keeps the anchors and the archive of the audit history; the first one configured when absent. */
      repository?: string;
      /** Name of this portal's history, needed when two portals share a repository. */
      chain?: string;
      /** An event waits no longer than this for its anchor, ISO 8601; PT15M when absent. */
      anchorAfter?: string;
      /** How often the history is verified, ISO 8601; PT5M when absent. */
      checkEvery?: string;
      /** Events older than this leave the table for the repository, ISO 8601; never when absent. */
      retention?: string;
      /** How long anchors and archive are locked where the repository's `setup.objectLock` says that the bucket can, ISO 8601; P1Y when absent. */
      lock?: string;
    };
    /** What is noticed, and told, when it does not act in time. */
    watch?: {
      /** How often each replica looks; 15 when absent. */
      intervalSeconds?: number;
      /** How long the scheduler, the dispatcher or the health loop may be silent; 60 when absent. */
      silentAfterSeconds?: number;
      /** How long after its start a due run may be undecided; 300 when absent. */
      graceSeconds?: number;
    };
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
