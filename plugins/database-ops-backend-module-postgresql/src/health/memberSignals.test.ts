import { healthStatusOf } from 'backstage-plugin-database-ops-node';
import { ConnectionFailure } from './connectionFailure';
import { MemberFinding, MemberState } from './findings';
import { reachableSignals, roleSignal, writableSignal } from './memberSignals';

function member(name: string) {
  return { name, host: `${name}.example`, port: 5432 };
}

function answering(
  name: string,
  state: Partial<MemberState> = {},
  heardSecondsAgo?: number,
): MemberFinding {
  return {
    member: member(name),
    state: {
      in_recovery: false,
      read_only: false,
      server_version: '15.4',
      data_directory: null,
      timescaledb: null,
      system_identifier: '1',
      ...state,
    },
    ...(heardSecondsAgo === undefined
      ? {}
      : {
          walReceiver: {
            ok: true,
            value: {
              status: 'streaming',
              slot_name: null,
              seconds_since_message: heardSecondsAgo,
            },
          },
        }),
  };
}

function failing(
  name: string,
  kind: ConnectionFailure['kind'],
  reason = 'as it failed',
): MemberFinding {
  return { member: member(name), failure: { kind, reason } };
}

function statusOf(findings: readonly MemberFinding[]) {
  return healthStatusOf([
    writableSignal(findings),
    roleSignal(findings),
    ...reachableSignals(findings),
  ]);
}

describe('signals about members', () => {
  const standby = { in_recovery: true };

  it('are healthy with one primary and a standby', () => {
    expect(statusOf([answering('one'), answering('two', standby)]).status).toBe(
      'healthy',
    );
  });

  it('say down when the only member refuses', () => {
    const found = statusOf([failing('one', 'refused')]);
    expect(found.status).toBe('down');
    expect(found.sentence).toContain('it is the only member');
  });

  it('say down when the primary refuses and the other is a standby', () => {
    const found = statusOf([
      failing('one', 'refused'),
      answering('two', standby),
    ]);
    expect(found.status).toBe('down');
    expect(found.sentence).toMatch(/^one refuses .*\(two is a standby\)/);
  });

  it('do not say down when another member could not be asked: it may be the primary', () => {
    const found = statusOf([
      failing('one', 'refused'),
      failing('two', 'unasked'),
    ]);
    expect(found.status).toBe('degraded');
  });

  it('say degraded when a standby refuses and the primary takes writes', () => {
    const found = statusOf([answering('one'), failing('two', 'refused')]);
    expect(found.status).toBe('degraded');
    expect(found.sentence).toMatch(/^Standby two refuses connections/);
  });

  it('say unknown when every member refuses the credentials', () => {
    const found = statusOf([
      failing('one', 'unasked', 'wrong password'),
      failing('two', 'unasked', 'wrong password'),
    ]);
    expect(found.status).toBe('unknown');
    expect(found.sentence).toContain('wrong password');
  });

  it('say unknown, not down, when the primary is silent but a standby hears it', () => {
    expect(
      statusOf([failing('one', 'silent'), answering('two', standby, 2)]).status,
    ).toBe('unknown');
  });

  it('say down when the primary is silent and no standby hears it', () => {
    expect(
      statusOf([failing('one', 'silent'), answering('two', standby, 300)])
        .status,
    ).toBe('down');
  });

  it.each([1, 2])(
    'say unknown, not down, when none of %i members answers: it may be the way to them',
    count => {
      const found = statusOf(
        ['one', 'two']
          .slice(0, count)
          .map(name => failing(name, 'silent', 'no answer in time')),
      );
      expect(found.status).toBe('unknown');
      expect(found.sentence).toContain(
        'check the network between the portal and one',
      );
    },
  );

  it('say down when the primary is silent and another member refuses', () => {
    const found = statusOf([
      failing('one', 'silent'),
      failing('two', 'refused'),
    ]);
    expect(found.status).toBe('down');
  });

  it('send nobody to start a silent member before its host was looked at', () => {
    const primary = statusOf([
      failing('one', 'silent'),
      answering('two', standby, 300),
    ]);
    expect(primary.sentence).toContain(
      'Check its host and the way to it first',
    );
    const other = statusOf([answering('one'), failing('two', 'silent')]);
    expect(other.status).toBe('degraded');
    expect(other.sentence).toContain('check its host and the way to it first');
  });

  it('say down when all members are in recovery', () => {
    const found = statusOf([
      answering('one', standby),
      answering('two', standby),
    ]);
    expect(found.status).toBe('down');
    expect(found.sentence).toContain('Promote one');
  });

  it('name both members when two are primary', () => {
    const signal = roleSignal([answering('one'), answering('two')]);
    expect(signal.status).toBe('critical');
    expect(signal.sentence).toContain('one, two');
  });

  it('notice that an address leads to another system', () => {
    const signal = roleSignal([
      answering('one'),
      answering('two', { ...standby, system_identifier: '2' }),
    ]);
    expect(signal.status).toBe('critical');
    expect(signal.sentence).toContain('different systems');
  });

  it('say that a read-only primary refuses writes', () => {
    const signal = writableSignal([answering('one', { read_only: true })]);
    expect(signal.status).toBe('critical');
    expect(signal.down).toBeUndefined();
  });
});
