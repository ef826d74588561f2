import { MemberOutcome, connectionFailure, memberSignals } from './members';
import { healthStatusOf } from './signals';

const finding = (
  name: string,
  outcome: MemberOutcome,
  consequence?: string,
) => ({
  member: { name, host: '127.0.0.1', port: 7000 },
  outcome,
  consequence,
});

describe('memberSignals', () => {
  it('is ok when every member answers', () => {
    const signals = memberSignals([
      finding('a', { state: 'answering' }),
      finding('b', { state: 'answering' }),
    ]);
    expect(signals.map(({ id, status }) => [id, status])).toEqual([
      ['members', 'ok'],
      ['member.a', 'ok'],
      ['member.b', 'ok'],
    ]);
    expect(healthStatusOf(signals).status).toBe('healthy');
  });

  it('names the one member that refuses, and what followed, in the sentence of the report', () => {
    const signals = memberSignals([
      finding('a', { state: 'answering' }),
      finding('b', { state: 'refusing' }, 'its replica c was promoted'),
    ]);
    expect(healthStatusOf(signals)).toEqual({
      status: 'degraded',
      sentence:
        'b refuses connections on 127.0.0.1:7000; its replica c was promoted.',
    });
  });

  it('is down when every member refuses or does not serve', () => {
    const { status, sentence } = healthStatusOf(
      memberSignals([
        finding('a', { state: 'refusing' }),
        finding('b', { state: 'not-serving', reason: 'no quorum' }),
      ]),
    );
    expect(status).toBe('down');
    expect(sentence).toContain('a, b');
  });

  it('holds a silent member for lost only when another one answers', () => {
    const silent: MemberOutcome = { state: 'silent', afterSeconds: 4 };
    expect(
      healthStatusOf(
        memberSignals([finding('a', silent), finding('b', silent)]),
      ).status,
    ).toBe('unknown');
    expect(
      healthStatusOf(
        memberSignals([
          finding('a', silent),
          finding('b', { state: 'answering' }),
        ]),
      ).status,
    ).toBe('degraded');
  });

  it('is unknown with the reason when members could not be asked', () => {
    const outcome: MemberOutcome = {
      state: 'unjudged',
      reason: 'wrong password',
    };
    const { status, sentence } = healthStatusOf(
      memberSignals([finding('a', outcome), finding('b', outcome)]),
    );
    expect(status).toBe('unknown');
    expect(sentence).toContain('wrong password');
  });
});

describe('connectionFailure', () => {
  it('finds a refusal inside of what a driver wrapped', () => {
    const refused = Object.assign(new Error('connect'), {
      code: 'ECONNREFUSED',
    });
    expect(connectionFailure(refused)).toBe('refusing');
    expect(connectionFailure(new Error('x', { cause: refused }))).toBe(
      'refusing',
    );
    expect(connectionFailure(new AggregateError([refused]))).toBe('refusing');
  });

  it('tells a time-out from other failures', () => {
    expect(
      connectionFailure(
        Object.assign(new Error('late'), { code: 'ETIMEDOUT' }),
      ),
    ).toBe('silent');
    expect(connectionFailure(new Error('certificate'))).toBeUndefined();
  });
});
