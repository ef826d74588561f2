/** Names that other groups and the configuration share with the object store. */
export const REPOSITORY_ID = 'fleet';
export const BACKUP_BUCKET = 'fleet-backups';
/** Leases and manifests lie here; the bucket has no default retention, so that renewals stay deletable. */
export const CONTROL_PREFIX = 'control/';
/** pgBackRest's own repository: it encrypts on the client and sends no encryption header. */
export const PGBACKREST_PREFIX = 'pgbackrest/';
export const S3_REGION = 'us-east-1';
/** A bucket without versioning, written to find out whether the store takes writes yet. */
export const PROBE_BUCKET = 'fleet-probe';

export const WORKER_ACCESS_KEY = 's3-worker-access-key';
export const WORKER_SECRET_KEY = 's3-worker-secret-key';
export const READONLY_ACCESS_KEY = 's3-readonly-access-key';
export const READONLY_SECRET_KEY = 's3-readonly-secret-key';
export const ADMIN_ACCESS_KEY = 's3-admin-access-key';
export const ADMIN_SECRET_KEY = 's3-admin-secret-key';

/** Identities that may do what a bucket policy allows them, and nothing where none does; their secrets are `s3-<name>-access-key` and `-secret-key`. */
export const POLICY_IDENTITIES = [
  'database-host',
  'writer',
  'retention',
] as const;

export const DATABASE_HOST_ACCESS_KEY = 's3-database-host-access-key';
export const DATABASE_HOST_SECRET_KEY = 's3-database-host-secret-key';
