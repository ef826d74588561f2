import { readZooKeeperConfig } from './config';

const PATH = 'databaseOps.databases.coordination.zookeeper';
const MEMBER = { name: 'a', host: '127.0.0.1', port: 2281, adminPort: 8080 };

describe('readZooKeeperConfig', () => {
  it('reads members and hides the password', () => {
    const config = readZooKeeperConfig(
      {
        members: [MEMBER],
        username: 'dbops_monitor',
        password: 'very secret',
        tls: { caFile: '/ca.pem' },
      },
      PATH,
    );
    expect(config.members).toEqual([MEMBER]);
    expect(config.password.reveal()).toBe('very secret');
    expect(JSON.stringify(config)).not.toContain('very secret');
  });

  it('names the key that is wrong', () => {
    expect(() =>
      readZooKeeperConfig(
        {
          members: [{ ...MEMBER, adminPort: 0 }],
          username: 'u',
          password: 'p',
        },
        PATH,
      ),
    ).toThrow(`${PATH}.members[0].adminPort: expected at least 1`);
    expect(() =>
      readZooKeeperConfig({ members: [MEMBER], username: 'u' }, PATH),
    ).toThrow(`${PATH}.password: expected string`);
  });
});
