import {
  MemberFinding,
  PrimaryFindings,
  ReplicationRow,
  SlotRow,
  WalReceiverRow,
} from './findings';
import { replicationSignals } from './replicationSignals';
import { Limits } from './Limits';

const one = { name: 'pg-one', host: 'one', port: 5432 };
const two = { name: 'pg-two', host: 'two', port: 5432 };
const findings = [
  { member: one, failure: { kind: 'refused', reason: '' } },
  { member: two, failure: { kind: 'refused', reason: '' } },
] as const satisfies readonly MemberFinding[];

function row(overrides: Partial<ReplicationRow> = {}): ReplicationRow {
  return {
    pid: 7,
    application_name: 'walreceiver',
    state: 'streaming',
    is_logical: false,
    replay_lag_seconds: 0.2,
    replay_lag_bytes: 1000,
    ...overrides,
  };
}

function slot(overrides: Partial<SlotRow> = {}): SlotRow {
  return {
    slot_name: 'pg_two',
    slot_type: 'physical',
    active: true,
    active_pid: 7,
    wal_status: 'reserved',
    retained_bytes: 0,
    safe_bytes: null,
    ...overrides,
  };
}

function signals(
  rows: readonly ReplicationRow[],
  slots: readonly SlotRow[],
  members: readonly MemberFinding[] = findings,
) {
  const ok = <T>(value: T) => ({ ok: true as const, value });
  const unasked = { ok: false as const, reason: 'not asked' };
  const primary: PrimaryFindings = {
    member: one,
    replication: ok(rows),
    slots: ok(slots),
    archiver: unasked,
    archiveStatus: unasked,
    connections: unasked,
    longestTransaction: unasked,
  };
  return Object.fromEntries(
    replicationSignals(primary, members, new Map(), new Limits()).map(
      signal => [signal.id, signal],
    ),
  );
}

describe('replication signals', () => {
  it('are ok while the standby streams', () => {
    const found = signals([row()], [slot()]);
    expect(found.standby).toMatchObject({ status: 'ok', value: 1 });
    expect(found['replication-lag-seconds']).toMatchObject({
      status: 'ok',
      value: 0.2,
      member: 'pg-two',
    });
  });

  it.each([
    ['a subscription', row({ is_logical: true, application_name: 'sub' })],
    ['pg_receivewal', row({ application_name: 'pg_receivewal' })],
  ])('do not take %s for the standby', (_, other) => {
    const away = slot({ active: false, active_pid: null });
    expect(signals([other], [away]).standby).toMatchObject({
      status: 'critical',
      value: 0,
    });
    const found = signals([{ ...other, pid: 8 }, row()], [slot()]);
    expect(found.standby).toMatchObject({ status: 'ok', value: 1 });
  });

  it('do not give a connection of nobody known to a standby that receives nothing', () => {
    const state = {
      in_recovery: true,
      read_only: false,
      server_version: '15.4',
      data_directory: null,
      timescaledb: null,
      system_identifier: '1',
    };
    const receiving = (value: WalReceiverRow | undefined): MemberFinding[] => [
      findings[0],
      { member: two, state, walReceiver: { ok: true, value } },
    ];
    const stranger = row({ application_name: 'copier' });
    expect(signals([stranger], [], receiving(undefined)).standby).toMatchObject(
      { status: 'critical', value: 0, member: 'pg-two' },
    );
    const streaming = {
      status: 'streaming',
      slot_name: null,
      seconds_since_message: 1,
    };
    expect(signals([stranger], [], receiving(streaming)).standby.status).toBe(
      'ok',
    );
  });

  it('give a disconnected standby no lag, and say what waits in its slot', () => {
    const found = signals(
      [],
      [slot({ active: false, active_pid: null, retained_bytes: 148e6 })],
    );
    expect(found.standby.status).toBe('critical');
    expect(found.standby.sentence).toBe(
      'Standby pg-two is not streaming; 148 MB of WAL waits in its slot.',
    );
    expect(found['replication-lag-seconds'].status).toBe('unknown');
    expect(found['replication-lag-seconds'].value).toBeUndefined();
    expect(found['replication-lag-bytes'].value).toBeUndefined();
  });

  it('count a caught-up standby without a measured lag as 0, one that just connected as unknown', () => {
    const idle = row({ replay_lag_seconds: null, replay_lag_bytes: 0 });
    expect(signals([idle], [slot()])['replication-lag-seconds'].value).toBe(0);
    const fresh = row({ replay_lag_seconds: null, replay_lag_bytes: 5000 });
    expect(signals([fresh], [slot()])['replication-lag-seconds'].status).toBe(
      'unknown',
    );
  });

  it('judge lag by its thresholds', () => {
    const slow = row({ replay_lag_seconds: 7, replay_lag_bytes: 2e9 });
    const found = signals([slow], [slot()]);
    expect(found['replication-lag-seconds'].status).toBe('warning');
    expect(found['replication-lag-bytes'].status).toBe('critical');
  });

  it('say that a slot lost WAL and its standby must be rebuilt', () => {
    const found = signals(
      [],
      [slot({ active: false, wal_status: 'lost', retained_bytes: null })],
    );
    expect(found.slots.status).toBe('critical');
    expect(found.standby.sentence).toContain('rebuild it');
  });
});
