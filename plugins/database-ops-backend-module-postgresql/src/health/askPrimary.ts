import { DatabaseMember } from 'backstage-plugin-database-ops-node';
import { Ask, firstRow, mapAnswer } from './answers';
import {
  ArchiverRow,
  ArchiveStatusRow,
  ConnectionsRow,
  PrimaryFindings,
  ReplicationRow,
  SlotRow,
  TransactionRow,
} from './findings';
import * as queries from './queries';

/** Replication, archiving and activity, as the primary sees them. */
export async function askPrimary(
  member: DatabaseMember,
  ask: Ask,
): Promise<PrimaryFindings> {
  return {
    member,
    replication: await ask<ReplicationRow>(queries.REPLICATION),
    slots: await ask<SlotRow>(queries.SLOTS),
    archiver: firstRow(await ask<ArchiverRow>(queries.ARCHIVER)),
    archiveStatus: firstRow(
      await ask<ArchiveStatusRow>(queries.ARCHIVE_STATUS),
    ),
    connections: firstRow(await ask<ConnectionsRow>(queries.CONNECTIONS)),
    longestTransaction: mapAnswer(
      await ask<TransactionRow>(queries.LONGEST_TRANSACTION),
      rows => rows.at(0),
    ),
  };
}
