import { connectionFailure } from './connectionFailure';

function error(message: string, code?: string): Error {
  return Object.assign(new Error(message), code ? { code } : {});
}

describe('connectionFailure', () => {
  it.each([
    ['a refused connection', error('connect', 'ECONNREFUSED'), 'refused'],
    ['a server that starts', error('starting up', '57P03'), 'refused'],
    [
      'a closed connection',
      error('Connection terminated unexpectedly'),
      'refused',
    ],
    ['a time-out', error('connection timeout expired'), 'silent'],
    [
      'a statement that took too long on a server that lives',
      error('canceling statement due to statement timeout', '57014'),
      'unasked',
    ],
    ['a host that is off', error('connect', 'EHOSTUNREACH'), 'silent'],
    ['a network without a way', error('connect', 'ENETUNREACH'), 'silent'],
    ['no connection left', error('too many clients', '53300'), 'full'],
    [
      'a wrong password',
      error('password authentication failed', '28P01'),
      'unasked',
    ],
    ['no matching pg_hba.conf line', error('no entry', '28000'), 'unasked'],
    [
      'a name that does not resolve',
      error('getaddrinfo', 'ENOTFOUND'),
      'unasked',
    ],
    [
      'a certificate of another authority',
      error('self-signed certificate', 'SELF_SIGNED_CERT_IN_CHAIN'),
      'unasked',
    ],
    [
      'the end of the whole check',
      error('the time for the whole check is up'),
      'unasked',
    ],
  ])('takes %s for what it is', (_, thrown, kind) => {
    expect(connectionFailure(thrown, 'monitor').kind).toBe(kind);
  });

  it('looks into what was tried for each address of a name', () => {
    const thrown = new AggregateError([error('connect', 'ECONNREFUSED')]);
    expect(connectionFailure(thrown, 'monitor').kind).toBe('refused');
  });
});
