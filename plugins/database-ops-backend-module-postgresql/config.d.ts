export interface Config {
  databaseOps?: {
    databases?: {
      [databaseId: string]: {
        /** Where a PostgreSQL is, as whom it is watched, and how it is backed up and restored. */
        postgresql?: {
          /** Every member, by the name that health sentences use; which one is primary is asked. */
          members: Array<{ name: string; host: string; port: number }>;
          /** The database to connect to. */
          database: string;
          /** A role with pg_monitor; see docs/engines/postgresql.md for its rights. */
          username: string;
          /** @visibility secret */
          password: string;
          tls?: {
            /** `verify-full` when absent. */
            mode?: 'verify-full' | 'verify-ca' | 'disable';
            /** PEM file of the authority that signed the members' certificates; the system's when absent. */
            caFile?: string;
          };
          /** JSON of username and password, mode 0600, used instead of those above as soon as it is there; a rotation writes it. */
          credentialsFile?: string;
          /** Renewal of that credential; see docs/rotation.md. */
          rotation?: {
            /** Has the rights; `<role>_a` and `<role>_b` sign in by turns. `dbops_monitor` when absent. */
            role?: string;
            /** How long both logins hold; 120 when absent. */
            graceSeconds?: number;
          };
          /** pgBackRest with the worker as its repository host; without it there is no backup and no restore. */
          pgbackrest?: {
            stanza: string;
            /** Of `pgbackrest server` on the database host; the certificate must carry this name. */
            host: string;
            port: number;
            caFile: string;
            certFile: string;
            keyFile: string;
            /** Path of that server's configuration, on the database host. */
            serverConfig: string;
            /** PGDATA, on the database host. */
            dataDirectory: string;
            /** Port of PostgreSQL, on the database host. */
            databasePort: number;
            /** Folder of PostgreSQL's Unix socket, on the database host. */
            socketDirectory?: string;
            /** `repo1-path`, absolute in the bucket; `/<prefix>pgbackrest` when absent. */
            repositoryPath?: string;
            /** `pgbackrest` when absent. */
            command?: string;
            /**
             * Passphrase of the repository; the one that archiving on the database host uses.
             * @visibility secret
             */
            cipherPass?: string;
            /**
             * Passphrases of repositories that have one of their own, by repository id.
             * @deepVisibility secret
             */
            cipherPasses?: { [repositoryId: string]: string };
            /** Parallel copies; 2 when absent. */
            processMax?: number;
            /** 6 h when absent. */
            backupTimeoutSeconds?: number;
            /** Folder of lock files shared by all runs on the worker's machine. */
            lockDirectory?: string;
            /** The standbys, each with `pgbackrest server` of its own and the same certificates: after a failover pgBackRest finds the primary among all. */
            standbyHosts?: Array<{
              host: string;
              port: number;
              serverConfig: string;
              dataDirectory: string;
              databasePort: number;
              socketDirectory?: string;
            }>;
          };
          /** A heartbeat row by which proofs measure; needs the table in docs/engines/postgresql.md. */
          canary?: {
            /** At most as often as health checks run; 30 when absent. */
            intervalSeconds?: number;
          };
          /** Size of the volume that holds the WAL folder and nothing else: while WAL piles up, the signal `wal-backlog` says how long it lasts. Not needed where the portal runs on the primary's host. */
          walVolumeBytes?: number;
          /** What signals are judged by instead of their defaults; ids in docs/postgresql-signals.md. */
          thresholds?: {
            [signalId: string]: { warning?: number; critical?: number };
          };
          /** Where restores go; without it there is no restore. */
          restore?: {
            /** A folder on the worker's machine. */
            directory: string;
            /** Account of the restored server where the worker is root; `postgres` when absent. */
            runAs?: string;
            /** Folder of `pg_ctl`; where distributions put it when absent. */
            binDirectory?: string;
            /** 6 h when absent. */
            timeoutSeconds?: number;
            /** Kept free beyond what the restore needs. */
            minimumFreeBytes?: number;
            /** For example `12000-14999`; any free port when absent. */
            portRange?: string;
          };
          /** The role that maintenance and cancellations run as; see docs/maintenance.md for its rights. Without it there is no maintenance. */
          maintenance?: {
            username: string;
            /** @visibility secret */
            password: string;
            /** JSON of username and password, mode 0600, used instead of those above as soon as it is there; a rotation writes it. */
            credentialsFile?: string;
            /** Renewal of that credential; see docs/rotation.md. */
            rotation?: {
              /** Has the rights; `<role>_a` and `<role>_b` sign in by turns. `dbops_maintenance` when absent. */
              role?: string;
              /** How long both logins hold; 120 when absent. */
              graceSeconds?: number;
            };
            /** How long a command waits for a lock or for older transactions; 30 when absent. */
            lockTimeoutSeconds?: number;
            /** Of one command; 14400 when absent. */
            statementTimeoutSeconds?: number;
          };
          /** The role that reads paused restored copies; see docs/query-insight.md for its rights. Without it they answer no statements. */
          queryBox?: {
            username: string;
            /**
             * Only for copies that another account restored, or an earlier release; the others need none.
             * @visibility secret
             */
            password?: string;
            /** 200 when absent. */
            rowLimit?: number;
            /** 10 when absent. */
            timeoutSeconds?: number;
          };
          /** Restores onto the source itself; needs `restore`, and a worker on the source's host. */
          inPlace?: {
            /** A folder on the file system of the data directory: restores are made and the old data directory is kept in it. */
            directory: string;
            /** PGDATA of the source on the worker's host; `pgbackrest.dataDirectory` when absent. */
            dataDirectory?: string;
            /** Name of the member that runs on the worker's host; the primary when absent. */
            member?: string;
            /** Program and arguments that stop the source; `pg_ctl` when absent. */
            stop?: string[];
            /** Program and arguments that start the source; `pg_ctl` when absent. */
            start?: string[];
            /** Of a stop or a start, up to 6,900; 300 when absent. */
            timeoutSeconds?: number;
          };
          /** What may promote a standby by itself. */
          highAvailability?: {
            patroni?: {
              /** Of Patroni's REST API: a member's, or a balancer's before them. */
              url: string;
              /** PEM file of the authority that signed its certificate; the system's when absent. */
              caFile?: string;
            };
          };
        };
      };
    };
  };
}
