import { DatabaseMember } from 'backstage-plugin-database-ops-node';
import { MemberFinding, ReplicationRow, SlotRow } from './findings';

/** A member that should stream from the primary, with what the primary sees of it. */
export interface Standby {
  readonly member: DatabaseMember;
  readonly row?: ReplicationRow;
  readonly slot?: SlotRow;
}

/** Programs that take WAL without being a server. */
const NO_STANDBYS = ['pg_receivewal', 'pg_receivexlog', 'pg_basebackup'];

/** `fleet-pg-2` and `fleet_pg_2` are one name: a slot's name may hold no dash. */
function normal(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, '_');
}

/**
 * Finds for each expected standby its connection and slot on the primary: by
 * the slot it named itself (now or earlier), by name, and, where just as many
 * are left on both sides, by elimination: never for one that answered that it
 * receives nothing.
 */
export function matchStandbys(options: {
  readonly primary: DatabaseMember;
  readonly findings: readonly MemberFinding[];
  readonly rows: readonly ReplicationRow[];
  readonly slots: readonly SlotRow[];
  readonly knownSlots: ReadonlyMap<string, string>;
}): readonly Standby[] {
  const { primary, findings, slots, knownSlots } = options;
  const rows = options.rows.filter(
    row => !row.is_logical && !NO_STANDBYS.includes(row.application_name),
  );
  const physical = slots.filter(slot => slot.slot_type === 'physical');
  const standbys = findings
    .filter(({ member }) => member.name !== primary.name)
    .map(({ member, walReceiver }) => {
      const slot =
        physical.find(s => s.slot_name === knownSlots.get(member.name)) ??
        physical.find(s => normal(s.slot_name) === normal(member.name));
      const row =
        rows.find(r => slot?.active_pid === r.pid) ??
        rows.find(r => normal(r.application_name) === normal(member.name));
      const receivesNothing = walReceiver?.ok === true && !walReceiver.value;
      return { member, slot, row, receivesNothing };
    });
  const freeRows = rows.filter(row => !standbys.some(s => s.row === row));
  const freeSlots = physical.filter(
    slot => !standbys.some(s => s.slot === slot),
  );
  const withoutRow = standbys.filter(s => !s.row && !s.receivesNothing);
  const withoutSlot = standbys.filter(s => !s.slot);
  return standbys.map(standby => ({
    member: standby.member,
    row:
      standby.row ??
      (freeRows.length === withoutRow.length
        ? freeRows[withoutRow.indexOf(standby)]
        : undefined),
    slot:
      standby.slot ??
      (freeSlots.length === withoutSlot.length
        ? freeSlots[withoutSlot.indexOf(standby)]
        : undefined),
  }));
}
