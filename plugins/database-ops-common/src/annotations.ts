/**
 * The annotation by which a catalog entity names its database. Its value is a
 * database id from `databaseOps.databases`; no address ever comes from an
 * annotation.
 *
 * @public
 */
export const DATABASE_ID_ANNOTATION = 'database-ops/database-id';

/**
 * The signal channel on which the backend says that something changed. Its
 * messages carry ids and versions only, for channels are not authorised: the
 * browser fetches what it may see through the API.
 *
 * @public
 */
export const DATABASE_OPS_SIGNAL_CHANNEL = 'database-ops';

/**
 * A message on {@link DATABASE_OPS_SIGNAL_CHANNEL}.
 *
 * @public
 */
export type DatabaseOpsSignal =
  | {
      readonly type: 'operation';
      readonly operationId: string;
      readonly databaseId: string;
      readonly version: number;
    }
  | { readonly type: 'health'; readonly databaseId: string }
  | { readonly type: 'backups'; readonly databaseId: string }
  | {
      readonly type: 'maintenance';
      /** `global` for all. */
      readonly databaseId: string;
    };
