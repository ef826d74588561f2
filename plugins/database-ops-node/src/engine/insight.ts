import {
  QueryResult,
  RestoredInstance,
  SessionCancellation,
  SessionList,
  StatementList,
} from 'backstage-plugin-database-ops-common';
import { DatabaseDefinition } from '../databases/types';
import type { ObserveContext } from './observation';

/**
 * Looks at what a database runs. Each verb opens its own connection and closes
 * it; a database that does not answer is an answer too: `unavailable` with the
 * reason.
 *
 * @public
 */
export interface EngineInsight<TConfig> {
  /** Statements by total time, the longest first; their text without values. */
  statements(
    database: DatabaseDefinition<TConfig>,
    options: { readonly limit: number },
    context: ObserveContext,
  ): Promise<StatementList>;
  sessions(
    database: DatabaseDefinition<TConfig>,
    context: ObserveContext,
  ): Promise<SessionList>;
  /**
   * Cancels what a session runs.
   *
   * @param target - `startedAt` as it was listed: another statement of that session is left alone
   * @throws NotFoundError when the session is gone, ConflictError when it runs
   * something else, NotAllowedError when it must not be cancelled from here
   */
  cancelSession(
    database: DatabaseDefinition<TConfig>,
    target: { readonly sessionId: string; readonly startedAt?: string },
    context: ObserveContext,
  ): Promise<SessionCancellation>;
}

/**
 * Runs one read-only statement on a paused restored copy, with limits on time,
 * rows and bytes. Called on the host that holds the copy.
 *
 * @throws InputError for a statement that the server refuses, NotAllowedError
 * when the role that it would run as could do more than read, ConflictError
 * when the copy is not paused
 *
 * @public
 */
export type QueryRestored<TConfig> = (
  database: DatabaseDefinition<TConfig>,
  instance: RestoredInstance,
  statement: string,
  context: ObserveContext,
) => Promise<QueryResult>;
