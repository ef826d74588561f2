import { JsonObject } from '@backstage/types';
import { readPostgresqlConfig } from '../config';
import { grantedRole } from './config';
import { rotationsOf } from './offers';
import { admittedRoles, firstLogins, ownNames } from './rotatedRoles';

const PATH = 'databaseOps.databases.orders.postgresql';

function configOf(keys: JsonObject = {}) {
  return readPostgresqlConfig(
    {
      members: [{ name: 'one', host: 'one.example', port: 5432 }],
      database: 'app',
      username: 'dbops_monitor',
      password: 'secret-of-monitoring',
      ...keys,
    },
    PATH,
  );
}

const MAINTENANCE = {
  username: 'dbops_maintenance',
  password: 'secret-of-maintenance',
};
const FILE = { credentialsFile: '/var/lib/dbops/a.json' };

describe('the credentials that can be renewed', () => {
  it('are those with a rotation, each with its own pair and grace', () => {
    expect(rotationsOf(configOf())).toEqual([]);
    const offers = rotationsOf(
      configOf({
        maintenance: { ...MAINTENANCE, ...FILE, rotation: { graceSeconds: 7 } },
      }),
    );
    expect(offers).toEqual([
      {
        id: 'maintenance',
        title: 'Maintenance role',
        description: expect.stringMatching(
          /'dbops_maintenance_a' and 'dbops_maintenance_b' take turns.* 7 s/,
        ),
      },
    ]);
  });

  it('are known as our own by each name that they sign in as', () => {
    expect(
      ownNames(
        configOf({
          maintenance: { ...MAINTENANCE, ...FILE, rotation: {} },
          queryBox: { username: 'dbops_query' },
        }),
      ),
    ).toEqual([
      'dbops_monitor',
      'dbops_maintenance',
      'dbops_maintenance',
      'dbops_maintenance_a',
      'dbops_maintenance_b',
      'dbops_query',
    ]);
  });

  it('are granted rights, let in and given a first password by the right one of their names', () => {
    const config = configOf({
      username: 'dbops_monitor_a',
      ...FILE,
      rotation: {},
      maintenance: MAINTENANCE,
    });
    expect(grantedRole(config)).toBe('dbops_monitor');
    expect(admittedRoles(config)).toEqual([
      'dbops_monitor',
      'dbops_maintenance',
    ]);
    expect(firstLogins(config)).toEqual([
      { login: 'dbops_monitor_a', isGranted: false },
      { login: 'dbops_maintenance', isGranted: true },
    ]);
  });

  it.each([
    [{ rotation: {} }, `${PATH}.credentialsFile: expected an absolute path`],
    [
      { maintenance: { ...MAINTENANCE, rotation: {} } },
      `${PATH}.maintenance.credentialsFile: expected an absolute path`,
    ],
    [
      { ...FILE, maintenance: { ...MAINTENANCE, ...FILE } },
      `${PATH}.maintenance.credentialsFile: expected a file of its own`,
    ],
    [
      { ...FILE, rotation: {}, queryBox: { username: 'dbops_monitor_b' } },
      `${PATH}.rotation.role: expected a role of its own`,
    ],
    [
      {
        ...FILE,
        rotation: {},
        maintenance: { ...MAINTENANCE, username: 'dbops_monitor' },
      },
      `${PATH}.rotation.role: expected a role of its own`,
    ],
  ])(
    'are refused where one would break another: %j',
    (keys: JsonObject, words) => {
      expect(() => configOf(keys)).toThrow(words);
      expect(() => configOf(keys)).not.toThrow('secret-of');
    },
  );
});
