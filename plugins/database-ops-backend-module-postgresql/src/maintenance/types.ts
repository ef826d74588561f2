import { JsonObject } from '@backstage/types';
import { Client } from 'pg';

/** The server that is maintained, as its actions need to know it. */
export interface MaintainedServer {
  readonly client: Client;
  /** `server_version_num`. */
  readonly versionNumber: number;
  /** The role whose rights the commands run with, quoted for a grant. */
  readonly role: string;
}

/** Something that an action can be done to, with the command that does it. */
export interface Candidate {
  /** Qualified, quoted by the server. */
  readonly object: string;
  readonly sizeBytes?: number;
  readonly reason: string;
  readonly suggested: boolean;
  readonly command: string;
  /** What the role lacks to do it, as a sentence with the grant. */
  readonly missingRight?: string;
  /** The index behind it, where a failure could leave a half-made one. */
  readonly indexOid?: number;
}

/** One kind of maintenance. */
export interface MaintenanceActionKind {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  /** Everything it can be done to, suggested or not; why there is nothing when there is a reason. */
  candidates(
    server: MaintainedServer,
  ): Promise<readonly Candidate[] | { readonly nothing: string }>;
  /** Facts of an object before and after, or none where it is gone. */
  measure(server: MaintainedServer, object: string): Promise<JsonObject>;
  /** Whether dead rows that somebody still may see stand in its way. */
  readonly hinderedByOldTransactions: boolean;
}
