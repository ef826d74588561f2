import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { mockServices } from '@backstage/backend-test-utils';
import { RotationOutcome, Secret } from 'backstage-plugin-database-ops-node';
import { FleetLoan } from 'local-fleet';
import { recordedRun } from '../__testUtils__/recordedRun';
import { FIRST_PASSWORD, RenderedHost } from '../__testUtils__/RenderedHost';
import { currentCredentials } from '../connection/credentials';
import { MemberSession } from '../connection/MemberSession';
import { MemberConnection } from '../health/MemberConnection';
import { rotateRole } from './rotateRole';
import { RENEW_LOGIN } from './rotationSql';
import { scramVerifier } from './scramVerifier';

jest.setTimeout(300_000);

const GRACE_SECONDS = 1;

describe('the rotation of the monitoring credential', () => {
  let loan: FleetLoan;
  let host: RenderedHost;
  let file: string;
  let health: MemberConnection;
  /** Of a portal whose turn it is not: it asks nothing during a rotation. */
  let restingHealth: MemberConnection;

  beforeAll(async () => {
    loan = await FleetLoan.take({ only: ['s3'] });
    const name = `rotated-${Date.now()}`;
    file = join(loan.fleet.context.directory, `${name}.json`);
    host = await RenderedHost.create(loan.fleet, {
      name,
      keys: {
        credentialsFile: file,
        rotation: { graceSeconds: GRACE_SECONDS },
      },
    });
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

  /** With `diesAt` it ends as that step begins, as a killed worker would. */
  async function rotate(diesAt?: string): Promise<{
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
      { role: 'monitoring' },
      {
        ...context,
        progress: step => {
          if (diesAt && step.step?.startsWith(diesAt)) {
            throw new Error(`killed before ${diesAt}`);
          }
          if (step.step?.startsWith('Both logins hold')) {
            checks.push(askHealth());
          }
          context.progress(step);
        },
      },
    );
    expect(await Promise.all(checks)).toEqual([outcome.login]);
    return { outcome, said: JSON.stringify([outcome, lines, progress]) };
  }

  const password = () =>
    currentCredentials(host.target.database.config).password.reveal();

  it('moves health to the other login without a restart, and ends the one before', async () => {
    expect(await askHealth()).toBe('dbops_monitor');
    expect(await askHealth(restingHealth)).toBe('dbops_monitor');
    const { outcome, said } = await rotate();
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
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(said).not.toContain(password());
  });

  it('takes turns, and no password ever reaches a log of the server', async () => {
    const passwords = [password()];
    for (const login of ['dbops_monitor_b', 'dbops_monitor_a']) {
      const { outcome, said } = await rotate();
      expect(outcome.login).toBe(login);
      expect(await askHealth()).toBe(login);
      passwords.push(password());
      expect(said).not.toContain(password());
    }
    expect(new Set(passwords).size).toBe(3);
    const log = await host.log();
    expect(log).toContain('renew_login');
    expect(passwords.filter(each => log.includes(each))).toEqual([]);
  });

  it.each([
    'Setting a new password',
    'Signing in',
    'Writing the credentials',
    'Both logins hold',
    'Ending',
    'Making sure',
  ])(
    'leaves a working credential when it is killed before "%s", and is finished by the next one',
    async step => {
      const before = currentCredentials(host.target.database.config).username;
      await expect(rotate(step)).rejects.toThrow('killed');
      const after = await askHealth();
      const { outcome } = await rotate();
      const isChanged = after !== before;
      expect(outcome).toMatchObject({
        finishedEarlier: isChanged,
        endedLogin: before,
      });
      expect(await askHealth()).toBe(outcome.login);
      expect(outcome.login).not.toBe(before);
      expect(JSON.parse(await readFile(file, 'utf8'))).not.toHaveProperty(
        'endingUsername',
      );
      expect(
        await host.sql(
          `SELECT string_agg(rolname, ',') FROM pg_roles WHERE rolname LIKE 'dbops_monitor%' AND rolcanlogin;`,
        ),
      ).toBe(outcome.login);
    },
  );

  it('ends no login that somebody still uses, and names who and where', async () => {
    const { username } = currentCredentials(host.target.database.config);
    const old = password();
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
      await expect(rotate()).rejects.toMatchObject(rejected);
      expect(await askHealth()).not.toBe(username);
      late = await signIn(username, old);
      await early.close();
      await expect(rotate()).rejects.toMatchObject(rejected);
      await late.query('SELECT 1');
    } finally {
      await late?.close();
    }
    expect((await rotate()).outcome).toMatchObject({
      endedLogin: username,
      finishedEarlier: true,
    });
  });

  it('keeps the old credential when the rights of the new login differ', async () => {
    const { username } = currentCredentials(host.target.database.config);
    const resting = username.endsWith('_a')
      ? 'dbops_monitor_b'
      : 'dbops_monitor_a';
    await host.sql(`ALTER ROLE ${resting} CREATEDB;`);
    try {
      await expect(rotate()).rejects.toThrow(
        `'${resting}' has other rights on ${host.target.database.id}`,
      );
      expect(currentCredentials(host.target.database.config).username).toBe(
        username,
      );
    } finally {
      await host.sql(`ALTER ROLE ${resting} NOCREATEDB;`);
    }
    expect(await askHealth()).toBe(username);
  });

  it('lets a login of the pair do nothing but renew or end the other one', async () => {
    const { username } = currentCredentials(host.target.database.config);
    const resting = username.endsWith('_a')
      ? 'dbops_monitor_b'
      : 'dbops_monitor_a';
    const account = await host.sql('SELECT current_user;');
    await host.sql(
      `CREATE ROLE stranger LOGIN PASSWORD '${scramVerifier('stranger')}';`,
    );
    const login = await signIn(username, password());
    const verifier = scramVerifier('of-no-one');
    try {
      for (const [role, value] of [
        [account, verifier],
        ['stranger', verifier],
        ['stranger', null],
        [username, verifier],
        [null, verifier],
        ['dbops_rotation', verifier],
        ['dbops_monitor', verifier],
        [resting, 'a plain password'],
        [resting, `${verifier}' SUPERUSER; --`],
        [`${resting}" SUPERUSER; --`, verifier],
      ]) {
        await expect(login.query(RENEW_LOGIN, [role, value])).rejects.toThrow(
          /nothing else|no new password|never a password/,
        );
      }
      for (const statement of [
        `ALTER ROLE ${resting} PASSWORD 'x'`,
        'SET ROLE dbops_rotation',
        'GRANT dbops_rotation TO stranger',
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
        `SELECT has_function_privilege('stranger', 'database_ops.renew_login(text, text)', 'EXECUTE');`,
      ),
    ).toBe('f');
  });
});
