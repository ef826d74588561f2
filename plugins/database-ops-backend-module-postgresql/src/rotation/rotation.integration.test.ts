import { readFile, stat } from 'node:fs/promises';
import { FleetLoan } from 'local-fleet';
import { recordedRun } from '../__testUtils__/recordedRun';
import { FIRST_PASSWORD, RenderedHost } from '../__testUtils__/RenderedHost';
import {
  FIRST_MAINTENANCE_PASSWORD,
  GROUPS,
  RoleId,
  RotatedHost,
} from '../__testUtils__/RotatedHost';
import { PostgresqlConfig } from '../config';
import { MemberSession } from '../connection/MemberSession';
import { maintenanceFindings } from '../doctor/roleFindings';
import { rotationFindings } from '../doctor/rotationFindings';
import { maintain } from '../maintenance/maintain';
import { rotationsOf } from './offers';
import { rotatedRoles } from './rotatedRoles';
import { RENEW_LOGIN, rotationSql } from './rotationSql';
import { scramVerifier } from './scramVerifier';

jest.setTimeout(300_000);

const EACH_ROLE: readonly (readonly [RoleId])[] = [
  ['monitoring'],
  ['maintenance'],
];

describe('the rotation of the credentials', () => {
  let loan: FleetLoan;
  let rotated: RotatedHost;
  let host: RenderedHost;

  beforeAll(async () => {
    loan = await FleetLoan.take({ only: ['s3'] });
    rotated = await RotatedHost.create(loan.fleet);
    ({ host } = rotated);
  });

  afterAll(async () => {
    await rotated?.stop();
    await loan?.giveBack();
  });

  it('renders what can be renewed, and the doctor finds it so', async () => {
    const { config } = host.target.database;
    expect(rotationsOf(config).map(({ id }) => id)).toEqual([
      'monitoring',
      'maintenance',
    ]);
    const session = await rotated.signIn('dbops_monitor', FIRST_PASSWORD);
    const found = async () => [
      ...(await maintenanceFindings(config, session)),
      ...(await rotationFindings(config, session)),
    ];
    const statusOf = async () =>
      Object.fromEntries((await found()).map(({ id, status }) => [id, status]));
    const renderRotation = async (rendered: PostgresqlConfig) => {
      const statements = rotationSql(rotatedRoles(rendered));
      await host.sql(statements.map(({ sql }) => sql).join('\n'));
    };
    const asRendered = {
      'maintenance-rights': 'ok',
      'maintenance-surplus': 'ok',
      'rotation.monitoring': 'ok',
      'rotation.maintenance': 'ok',
    };
    try {
      expect(await statusOf()).toEqual(asRendered);
      await host.sql('REVOKE pg_signal_backend FROM dbops_maintenance;');
      // As on a host that was set up before this role could be rotated.
      await renderRotation({ ...config, maintenance: undefined });
      expect(await statusOf()).toEqual({
        ...asRendered,
        'maintenance-rights': 'critical',
        'rotation.maintenance': 'warning',
      });
      await expect(rotated.rotate('maintenance')).rejects.toMatchObject({
        failure: { code: 'rotation-refused' },
      });
      await host.sql('GRANT pg_signal_backend TO dbops_maintenance;');
      await renderRotation(config);
      expect(await statusOf()).toEqual(asRendered);
    } finally {
      await session.close();
    }
  });

  it('moves health to the other login without a restart, and ends the one before', async () => {
    expect(await rotated.ask('monitoring')).toBe('dbops_monitor');
    expect(await rotated.askRestingHealth()).toBe('dbops_monitor');
    const { outcome, said } = await rotated.rotate('monitoring');
    expect(outcome).toEqual({
      role: 'monitoring',
      login: 'dbops_monitor_a',
      endedLogin: 'dbops_monitor',
      testedOn: [host.target.database.id],
      finishedEarlier: false,
    });
    expect(await rotated.ask('monitoring')).toBe('dbops_monitor_a');
    expect(await rotated.askRestingHealth()).toBe('dbops_monitor_a');
    await rotated.closeRestingHealth();
    await expect(
      rotated.signIn('dbops_monitor', FIRST_PASSWORD),
    ).rejects.toThrow('password authentication failed');
    expect((await stat(rotated.files.monitoring)).mode & 0o777).toBe(0o600);
    expect(said).not.toContain(rotated.password('monitoring'));
  });

  it('moves maintenance to a login that may do the same, and leaves the other credential alone', async () => {
    const monitoring = await readFile(rotated.files.monitoring, 'utf8');
    const { outcome, said } = await rotated.rotate('maintenance');
    expect(outcome).toMatchObject({
      role: 'maintenance',
      login: 'dbops_maintenance_a',
      endedLogin: 'dbops_maintenance',
    });
    expect(await readFile(rotated.files.monitoring, 'utf8')).toBe(monitoring);
    expect((await stat(rotated.files.maintenance)).mode & 0o777).toBe(0o600);
    expect(said).not.toContain(rotated.password('maintenance'));
    await expect(
      rotated.signIn('dbops_maintenance', FIRST_MAINTENANCE_PASSWORD),
    ).rejects.toThrow('password authentication failed');
    const { context } = await recordedRun(host.target.repository, {
      operationId: 'rotated-vacuum',
      stateDirectory: host.folder,
    });
    const vacuum = { action: 'vacuum', objects: ['public.kept'] };
    const { items } = await maintain(host.target, vacuum, context);
    expect(items).toMatchObject([{ object: 'public.kept' }]);
    // What is out of reach is granted to the role, not to the login of today.
    await host.sql('REVOKE app_owner FROM dbops_maintenance;');
    await expect(maintain(host.target, vacuum, context)).rejects.toThrow(
      'GRANT app_owner TO dbops_maintenance',
    );
    await host.sql('GRANT app_owner TO dbops_maintenance;');
  });

  it.each(EACH_ROLE)(
    'takes turns for %s, and no password ever reaches a log of the server',
    async role => {
      const passwords = [rotated.password(role)];
      for (const turn of ['b', 'a']) {
        const { outcome, said } = await rotated.rotate(role);
        expect(outcome.login).toBe(`${GROUPS[role]}_${turn}`);
        expect(await rotated.ask(role)).toBe(outcome.login);
        passwords.push(rotated.password(role));
        expect(said).not.toContain(rotated.password(role));
      }
      expect(new Set(passwords).size).toBe(3);
      const log = await host.log();
      expect(log).toContain('renew_login');
      expect(passwords.filter(each => log.includes(each))).toEqual([]);
    },
  );

  it.each(
    EACH_ROLE.flatMap(([role]) =>
      [
        'Setting a new password',
        'Signing in',
        'Writing the credentials',
        'Both logins hold',
        'Ending',
        'Making sure',
      ].map(step => [role, step] as const),
    ),
  )(
    'leaves a working credential of %s when it is killed before "%s", and is finished by the next one',
    async (role, step) => {
      const before = rotated.current(role).username;
      await expect(rotated.rotate(role, step)).rejects.toThrow('killed');
      const after = await rotated.ask(role);
      const { outcome } = await rotated.rotate(role);
      const isChanged = after !== before;
      expect(outcome).toMatchObject({
        finishedEarlier: isChanged,
        endedLogin: before,
      });
      expect(await rotated.ask(role)).toBe(outcome.login);
      expect(outcome.login).not.toBe(before);
      expect(
        JSON.parse(await readFile(rotated.files[role], 'utf8')),
      ).not.toHaveProperty('endingUsername');
      expect(
        await host.sql(
          `SELECT string_agg(rolname, ',') FROM pg_roles WHERE rolname LIKE '${GROUPS[role]}%' AND rolcanlogin;`,
        ),
      ).toBe(outcome.login);
    },
  );

  it.each(EACH_ROLE)(
    'ends no login of %s that somebody still uses, and names who and where',
    async role => {
      const { username } = rotated.current(role);
      const old = rotated.password(role);
      const rejected = {
        failure: {
          code: 'rotation-still-used',
          cause: `The login '${username}' is still used, by database-ops rotation from 127.0.0.1/32 on ${host.target.database.id}.`,
        },
      };
      // It began long before and keeps its session, as an exporter does.
      const early = await rotated.signIn(username, old);
      let late: MemberSession | undefined;
      try {
        await expect(rotated.rotate(role)).rejects.toMatchObject(rejected);
        expect(await rotated.ask(role)).not.toBe(username);
        late = await rotated.signIn(username, old);
        await early.close();
        await expect(rotated.rotate(role)).rejects.toMatchObject(rejected);
        await late.query('SELECT 1');
      } finally {
        await late?.close();
      }
      expect((await rotated.rotate(role)).outcome).toMatchObject({
        endedLogin: username,
        finishedEarlier: true,
      });
    },
  );

  it.each(EACH_ROLE)(
    'keeps the old credential of %s when the rights of the new login differ',
    async role => {
      const { username } = rotated.current(role);
      const resting = rotated.restingOf(role);
      await host.sql(`ALTER ROLE ${resting} CREATEDB;`);
      try {
        await expect(rotated.rotate(role)).rejects.toThrow(
          `'${resting}' has other rights on ${host.target.database.id}`,
        );
        expect(rotated.current(role).username).toBe(username);
      } finally {
        await host.sql(`ALTER ROLE ${resting} NOCREATEDB;`);
      }
      expect(await rotated.ask(role)).toBe(username);
    },
  );

  it.each(EACH_ROLE)(
    'lets a login of the pair of %s do nothing but renew or end the other one',
    async role => {
      const { username } = rotated.current(role);
      const resting = rotated.restingOf(role);
      const [stranger, otherRole]: [string, RoleId] =
        role === 'monitoring'
          ? ['stranger_1', 'maintenance']
          : ['stranger_2', 'monitoring'];
      const account = await host.sql('SELECT current_user;');
      await host.sql(
        `CREATE ROLE ${stranger} LOGIN PASSWORD '${scramVerifier('stranger')}';`,
      );
      const login = await rotated.signIn(username, rotated.password(role));
      const verifier = scramVerifier('of-no-one');
      try {
        for (const [name, value] of [
          [account, verifier],
          [stranger, verifier],
          [stranger, null],
          [GROUPS[otherRole], null],
          [rotated.current(otherRole).username, null],
          [rotated.restingOf(otherRole), verifier],
          [username, verifier],
          [null, verifier],
          ['dbops_rotation', verifier],
          [GROUPS[role], verifier],
          [resting, 'a plain password'],
          [resting, `${verifier}' SUPERUSER; --`],
          [`${resting}" SUPERUSER; --`, verifier],
        ]) {
          await expect(login.query(RENEW_LOGIN, [name, value])).rejects.toThrow(
            /nothing else|no new password|never a password/,
          );
        }
        for (const statement of [
          `ALTER ROLE ${resting} PASSWORD 'x'`,
          'SET ROLE dbops_rotation',
          `GRANT dbops_rotation TO ${stranger}`,
          'CREATE ROLE another',
          `CREATE OR REPLACE FUNCTION database_ops.renew_login(text, text) RETURNS void LANGUAGE sql AS ''`,
          'CREATE TABLE database_ops.another ()',
        ]) {
          await expect(login.query(statement)).rejects.toThrow(
            /permission denied|must be|must have/,
          );
        }
      } finally {
        await login.close();
      }
      expect(
        await host.sql(
          `SELECT has_function_privilege('${stranger}', 'database_ops.renew_login(text, text)', 'EXECUTE');`,
        ),
      ).toBe('f');
    },
  );
});
