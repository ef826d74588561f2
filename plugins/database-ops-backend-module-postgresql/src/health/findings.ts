import { DatabaseMember } from 'backstage-plugin-database-ops-node';
import { ConnectionFailure } from './connectionFailure';

/** An answer, or the reason why there is none. */
export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: string };

export interface MemberState {
  readonly in_recovery: boolean;
  readonly read_only: boolean;
  readonly server_version: string;
  readonly data_directory: string | null;
  readonly timescaledb: string | null;
  readonly system_identifier: string | null;
}

export interface WalReceiverRow {
  readonly status: string | null;
  readonly slot_name: string | null;
  readonly seconds_since_message: number | null;
}

export interface ReplicationRow {
  readonly pid: number;
  readonly application_name: string;
  readonly state: string;
  /** Whether it decodes changes for a subscriber instead of feeding a standby. */
  readonly is_logical: boolean;
  readonly replay_lag_seconds: number | null;
  readonly replay_lag_bytes: number | null;
}

export interface SlotRow {
  readonly slot_name: string;
  readonly slot_type: string;
  readonly active: boolean;
  readonly active_pid: number | null;
  readonly wal_status: string | null;
  /** What can still be written before it may be lost; null without `max_slot_wal_keep_size`. */
  readonly safe_bytes: number | null;
  readonly retained_bytes: number | null;
}

export interface ArchiverRow {
  readonly archive_mode: string;
  readonly archive_timeout_seconds: number;
  readonly segment_bytes: number;
  readonly current_bytes: number;
  readonly up_seconds: number;
  readonly checkpoint_timeout_seconds: number;
  readonly last_archived_wal: string | null;
  readonly failed_count: number;
  readonly last_failed_wal: string | null;
  readonly archived_age_seconds: number | null;
  readonly failed_age_seconds: number | null;
  /** Absent where the server keeps no times of commits, or none since it does. */
  readonly last_commit_age_seconds: number | null;
}

export interface ConnectionsRow {
  readonly used: number;
  readonly available: number;
  /** Sessions by what they do, for example `{ active: 3, idle: 20 }`. */
  readonly states: Readonly<Record<string, number>>;
}

export interface TransactionRow {
  readonly pid: number;
  readonly usename: string | null;
  readonly state: string | null;
  readonly age_seconds: number;
}

/** The marks that the server keeps of segments on their way to the archive. */
export interface ArchiveStatusRow {
  readonly ready: number;
  /** The newest segment marked as archived; null when none is kept. */
  readonly done_segment: string | null;
  readonly done_age_seconds: number | null;
}

/** What one member said about itself. */
export type MemberFinding = {
  readonly member: DatabaseMember;
  /** Set on a standby that answered. */
  readonly walReceiver?: Answer<WalReceiverRow | undefined>;
} & (
  | { readonly state: MemberState; readonly failure?: undefined }
  | { readonly state?: undefined; readonly failure: ConnectionFailure }
);

/** What the primary said about the whole. */
export interface PrimaryFindings {
  readonly member: DatabaseMember;
  readonly replication: Answer<readonly ReplicationRow[]>;
  readonly slots: Answer<readonly SlotRow[]>;
  readonly archiver: Answer<ArchiverRow>;
  readonly archiveStatus: Answer<ArchiveStatusRow>;
  readonly connections: Answer<ConnectionsRow>;
  readonly longestTransaction: Answer<TransactionRow | undefined>;
}
