import { connectCommand } from './connect';
import { readPostgresqlConfig } from './config';

const PATH = 'databaseOps.databases.orders.postgresql';

function database(overrides = {}) {
  return {
    id: 'orders',
    title: 'Orders',
    engine: 'postgresql',
    config: readPostgresqlConfig(
      {
        members: [
          { name: 'one', host: 'one.example', port: 5432 },
          { name: 'two', host: 'two.example', port: 5433 },
        ],
        database: 'app',
        username: 'monitor',
        password: 'a:b\\c',
        tls: { caFile: '/ca.crt' },
        ...overrides,
      },
      PATH,
    ),
  };
}

describe('connectCommand', () => {
  it('leads to the member that takes writes, with the password in a private file only', () => {
    const { command, args, env, files } = connectCommand(database());
    expect([command, args]).toEqual(['psql', []]);
    expect(env).toMatchObject({
      PGHOST: 'one.example,two.example',
      PGPORT: '5432,5433',
      PGSSLMODE: 'verify-full',
      PGSSLROOTCERT: '/ca.crt',
      PGTARGETSESSIONATTRS: 'read-write',
      PGPASSFILE: '{folder}/pgpass',
    });
    expect(JSON.stringify(env)).not.toContain('a:b');
    expect(files?.pgpass).toBe(
      'one.example:5432:*:monitor:a\\:b\\\\c\ntwo.example:5433:*:monitor:a\\:b\\\\c\n',
    );
  });

  it('leads to one member when asked, and names the members when there is no such one', () => {
    const { env } = connectCommand(database(), { member: 'two' });
    expect(env?.PGHOST).toBe('two.example');
    expect(env?.PGTARGETSESSIONATTRS).toBeUndefined();
    expect(() => connectCommand(database(), { member: 'six' })).toThrow(
      'choose one of one, two',
    );
  });
});

describe('readPostgresqlConfig', () => {
  it.each([
    [{ databse: 'x' }, `${PATH}.databse`],
    [{ password: 7 }, `${PATH}.password`],
    [{ restore: { directory: 'relative' } }, `${PATH}.restore.directory`],
    [
      { restore: { directory: '/x\nrepo1-path=/other' } },
      `${PATH}.restore.directory`,
    ],
  ])('names the path of a wrong key in %j', (overrides, path) => {
    expect(() => database(overrides)).toThrow(path);
  });
});
