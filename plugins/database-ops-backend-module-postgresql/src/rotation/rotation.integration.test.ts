import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { mockServices } from '@backstage/backend-test-utils';
import { RotationOutcome, Secret } from 'backstage-plugin-database-ops-node';
import { FleetLoan } from 'local-fleet';
import { recordedRun } from '../__testUtils__/recordedRun';
import { FIRST_PASSWORD, RenderedHost } from '../__testUtils__/RenderedHost';
import {
  currentCredentials,
  WrittenCredentials,
} from '../connection/credentials';
import { MemberSession } from '../connection/MemberSession';
import { maintenanceFindings } from '../doctor/roleFindings';
import { rotationFindings } from '../doctor/rotationFindings';
import { MemberConnection } from '../health/MemberConnection';
import { maintain } from '../maintenance/maintain';
import { withMember } from '../sessions/withMember';
import { rotationsOf } from './offers';
import { rotateRole } from './rotateRole';
import { RENEW_LOGIN } from './rotationSql';
import { scramVerifier } from './scramVerifier';

jest.setTimeout(300_000);

const GRACE_SECONDS = 1;
const FIRST_MAINTENANCE_PASSWORD = 'first-password-of-the-maintenance-role';

/** The group of each credential. */
const GROUPS = {
  monitoring: 'dbops_monitor',
  maintenance: 'dbops_maintenance',
} as const;
type RoleId = keyof typeof GROUPS;

const EACH_ROLE: readonly (readonly [RoleId])[] = [
  ['monitoring'],
  ['maintenance'],
];

describe('the rotation of the credentials', () => {
  let loan: FleetLoan;
  let host: RenderedHost;
  let files: Readonly<Record<RoleId, string>>;
  let health: MemberConnection;
  /** Of a portal whose turn it is not: it asks nothing during a rotation. */
  let restingHealth: MemberConnection;

  beforeAll(async () => {
    loan = await FleetLoan.take({ only: ['s3'] });
    const name = `rotated-${Date.now()}`;
    const file = (id: RoleId) =>
      join(loan.fleet.context.directory, `${name}-${id}.json`);
    files = {
      monitoring: file('monitoring'),
      maintenance: file('maintenance'),
    };
    host = await RenderedHost.create(loan.fleet, {
      name,
      keys: {
        credentialsFile: files.monitoring,
        rotation: { graceSeconds: GRACE_SECONDS },
        maintenance: {
          username: 'dbops_maintenance',
          password: FIRST_MAINTENANCE_PASSWORD,
          credentialsFile: files.maintenance,
          rotation: { graceSeconds: GRACE_SECONDS },
        },
      },
    });
    await host.sql(
      `ALTER ROLE dbops_maintenance PASSWORD '${scramVerifier(FIRST_MAINTENANCE_PASSWORD)}';
       CREATE ROLE app_owner;
       GRANT app_owner TO dbops_maintenance;
       CREATE TABLE kept (id integer);
       ALTER TABLE kept OWNER TO app_owner;`,
    );
    await host.sql(
      `ALTER SYSTEM SET log_statement = 'all';
       ALTER SYSTEM SET log_min_duration_statement = 0;`,
    );
    await host.reload();
    const { config } = host.target.database;
    health = new MemberConnection(config, config.members[0]);
    restingHealth = new MemberConnection(config, config.members[0]);
  });

  afterAll(async () => {
    await health?.close();
    await restingHealth?.close();
    await host?.stop();
    await loan?.giveBack();
  });

  /** As whom health asks, over the connections that it keeps. */
  async function askHealth(by = health): Promise<string> {
    const [row] = await by.query<{ name: string }>(
      'SELECT session_user::text AS name',
      mockServices.logger.mock(),
    );
    return row.name;
  }

  function signIn(username: string, password: string) {
    const { config } = host.target.database;
    return MemberSession.open(
      config,
      config.members[0],
      { username, password: new Secret(password) },
      { purpose: 'rotation' },
    );
  }

  /** As whom the preview of maintenance and cancellations sign in. */
  async function askMaintenance(): Promise<string> {
    const { config } = host.target.database;
    return withMember(
      config,
      config.members[0],
      { application: 'insight', statementSeconds: 5, as: config.maintenance },
      async client => {
        const { rows } = await client.query<{ name: string }>(
          'SELECT session_user::text AS name',
        );
        return rows[0].name;
      },
    );
  }

  const ask = (role: RoleId) =>
    role === 'monitoring' ? askHealth() : askMaintenance();

  /** With `diesAt` it ends as that step begins, as a killed worker would. */
  async function rotate(
    role: RoleId,
    diesAt?: string,
  ): Promise<{
    readonly outcome: RotationOutcome;
    readonly said: string;
  }> {
    const { context, lines, progress } = await recordedRun(
      host.target.repository,
      { operationId: 'rotation', stateDirectory: host.folder },
    );
    // Health goes on meanwhile, and moves to the new login in the grace time.
    const checks: Promise<string>[] = [];
    const outcome = await rotateRole(
      host.target,
      { role },
      {
        ...context,
        progress: step => {
          if (diesAt && step.step?.startsWith(diesAt)) {
            throw new Error(`killed before ${diesAt}`);
          }
          if (step.step?.startsWith('Both logins hold')) {
            checks.push(ask(role));
          }
          context.progress(step);
        },
      },
    );
    expect(await Promise.all(checks)).toEqual([outcome.login]);
    return { outcome, said: JSON.stringify([outcome, lines, progress]) };
  }

  function current(role: RoleId): WrittenCredentials {
    const { config } = host.target.database;
    return currentCredentials(
      role === 'monitoring' ? config : config.maintenance!,
    );
  }

  const password = (role: RoleId) => current(role).password.reveal();

  function restingOf(role: RoleId): string {
    const group = GROUPS[role];
    return current(role).username === `${group}_a`
      ? `${group}_b`
      : `${group}_a`;
  }

  it('renders what can be renewed, and the doctor finds it so', async () => {
    const { config } = host.target.database;
    expect(rotationsOf(config).map(({ id }) => id)).toEqual([
      'monitoring',
      'maintenance',
    ]);
    const session = await signIn('dbops_monitor', FIRST_PASSWORD);
    const found = async () => [
      ...(await maintenanceFindings(config, session)),
      ...(await rotationFindings(config, session)),
    ];
    const statusOf = async () =>
      Object.fromEntries((await found()).map(({ id, status }) => [id, status]));
    const asRendered = {
      'maintenance-rights': 'ok',
      'maintenance-surplus': 'ok',
      'rotation.monitoring': 'ok',
      'rotation.maintenance': 'ok',
    };
    try {
      expect(await statusOf()).toEqual(asRendered);
      await host.sql(
        `REVOKE pg_signal_backend FROM dbops_maintenance;
         REVOKE EXECUTE ON FUNCTION database_ops.renew_login(text, text) FROM dbops_maintenance;`,
      );
      expect(await statusOf()).toEqual({
        ...asRendered,
        'maintenance-rights': 'critical',
        'rotation.maintenance': 'warning',
      });
      await expect(rotate('maintenance')).rejects.toMatchObject({
        failure: { code: 'rotation-refused' },
      });
      await host.sql(
        `GRANT pg_signal_backend TO dbops_maintenance;
         GRANT EXECUTE ON FUNCTION database_ops.renew_login(text, text) TO dbops_maintenance;`,
      );
      expect(await statusOf()).toEqual(asRendered);
    } finally {
      await session.close();
    }
  });

  it('moves health to the other login without a restart, and ends the one before', async () => {
    expect(await askHealth()).toBe('dbops_monitor');
    expect(await askHealth(restingHealth)).toBe('dbops_monitor');
    const { outcome, said } = await rotate('monitoring');
    expect(outcome).toEqual({
      role: 'monitoring',
      login: 'dbops_monitor_a',
      endedLogin: 'dbops_monitor',
      testedOn: [host.target.database.id],
      finishedEarlier: false,
    });
    expect(await askHealth()).toBe('dbops_monitor_a');
    expect(await askHealth(restingHealth)).toBe('dbops_monitor_a');
    await restingHealth.close();
    await expect(signIn('dbops_monitor', FIRST_PASSWORD)).rejects.toThrow(
      'password authentication failed',
    );
    expect((await stat(files.monitoring)).mode & 0o777).toBe(0o600);
    expect(said).not.toContain(password('monitoring'));
  });

  it('moves maintenance to a login that may do the same, and leaves the other credential alone', async () => {
    const monitoring = await readFile(files.monitoring, 'utf8');
    const { outcome, said } = await rotate('maintenance');
    expect(outcome).toMatchObject({
      role: 'maintenance',
      login: 'dbops_maintenance_a',
      endedLogin: 'dbops_maintenance',
    });
    expect(await readFile(files.monitoring, 'utf8')).toBe(monitoring);
    expect((await stat(files.maintenance)).mode & 0o777).toBe(0o600);
    expect(said).not.toContain(password('maintenance'));
    await expect(
      signIn('dbops_maintenance', FIRST_MAINTENANCE_PASSWORD),
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
      const passwords = [password(role)];
      for (const turn of ['b', 'a']) {
        const { outcome, said } = await rotate(role);
        expect(outcome.login).toBe(`${GROUPS[role]}_${turn}`);
        expect(await ask(role)).toBe(outcome.login);
        passwords.push(password(role));
        expect(said).not.toContain(password(role));
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
      const before = current(role).username;
      await expect(rotate(role, step)).rejects.toThrow('killed');
      const after = await ask(role);
      const { outcome } = await rotate(role);
      const isChanged = after !== before;
      expect(outcome).toMatchObject({
        finishedEarlier: isChanged,
        endedLogin: before,
      });
      expect(await ask(role)).toBe(outcome.login);
      expect(outcome.login).not.toBe(before);
      expect(
        JSON.parse(await readFile(files[role], 'utf8')),
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
      const { username } = current(role);
      const old = password(role);
      const rejected = {
        failure: {
          code: 'rotation-still-used',
          cause: `The login '${username}' is still used, by database-ops rotation from 127.0.0.1/32 on ${host.target.database.id}.`,
        },
      };
      // It began long before and keeps its session, as an exporter does.
      const early = await signIn(username, old);
      let late: MemberSession | undefined;
      try {
        await expect(rotate(role)).rejects.toMatchObject(rejected);
        expect(await ask(role)).not.toBe(username);
        late = await signIn(username, old);
        await early.close();
        await expect(rotate(role)).rejects.toMatchObject(rejected);
        await late.query('SELECT 1');
      } finally {
        await late?.close();
      }
      expect((await rotate(role)).outcome).toMatchObject({
        endedLogin: username,
        finishedEarlier: true,
      });
    },
  );

  it.each(EACH_ROLE)(
    'keeps the old credential of %s when the rights of the new login differ',
    async role => {
      const { username } = current(role);
      const resting = restingOf(role);
      await host.sql(`ALTER ROLE ${resting} CREATEDB;`);
      try {
        await expect(rotate(role)).rejects.toThrow(
          `'${resting}' has other rights on ${host.target.database.id}`,
        );
        expect(current(role).username).toBe(username);
      } finally {
        await host.sql(`ALTER ROLE ${resting} NOCREATEDB;`);
      }
      expect(await ask(role)).toBe(username);
    },
  );

  it.each(EACH_ROLE)(
    'lets a login of the pair of %s do nothing but renew or end the other one',
    async role => {
      const { username } = current(role);
      const resting = restingOf(role);
      const [stranger, otherRole]: [string, RoleId] =
        role === 'monitoring'
          ? ['stranger_1', 'maintenance']
          : ['stranger_2', 'monitoring'];
      const account = await host.sql('SELECT current_user;');
      await host.sql(
        `CREATE ROLE ${stranger} LOGIN PASSWORD '${scramVerifier('stranger')}';`,
      );
      const login = await signIn(username, password(role));
      const verifier = scramVerifier('of-no-one');
      try {
        for (const [name, value] of [
          [account, verifier],
          [stranger, verifier],
          [stranger, null],
          [GROUPS[otherRole], null],
          [current(otherRole).username, null],
          [restingOf(otherRole), verifier],
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
