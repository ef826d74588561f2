import { readRedisConfig } from './config';

const PATH = 'databaseOps.databases.sessions.redis';

describe('readRedisConfig', () => {
  it('reads members and hides the password', () => {
    const config = readRedisConfig(
      {
        members: [{ name: 'a', host: '127.0.0.1', port: 7000 }],
        username: 'dbops_monitor',
        password: 'very secret',
        tls: { caFile: '/ca.pem' },
      },
      PATH,
    );
    expect(config.cluster).toBe(false);
    expect(config.password?.reveal()).toBe('very secret');
    expect(JSON.stringify(config)).not.toContain('very secret');
  });

  it('names the key that is wrong', () => {
    expect(() =>
      readRedisConfig({ members: [{ name: 'a', host: 'h', port: 'x' }] }, PATH),
    ).toThrow(`${PATH}.members[0].port: expected number`);
    expect(() => readRedisConfig({ members: [] }, PATH)).toThrow(
      `${PATH}.members`,
    );
    expect(() =>
      readRedisConfig(
        { members: [{ name: 'a', host: 'h', port: 1 }], clustre: true },
        PATH,
      ),
    ).toThrow(`${PATH}.clustre`);
  });
});
