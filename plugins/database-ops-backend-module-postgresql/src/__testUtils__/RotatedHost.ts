import { join } from 'node:path';
import { mockServices } from '@backstage/backend-test-utils';
import { RotationOutcome, Secret } from 'backstage-plugin-database-ops-node';
import { LocalFleet } from 'local-fleet';
import {
  currentCredentials,
  WrittenCredentials,
} from '../connection/credentials';
import { MemberSession } from '../connection/MemberSession';
import { MemberConnection } from '../health/MemberConnection';
import { rotateRole } from '../rotation/rotateRole';
import { scramVerifier } from '../rotation/scramVerifier';
import { withMember } from '../sessions/withMember';
import { recordedRun } from './recordedRun';
import { RenderedHost } from './RenderedHost';

const GRACE_SECONDS = 1;
export const FIRST_MAINTENANCE_PASSWORD =
  'first-password-of-the-maintenance-role';

/** The role of each credential that has its rights. */
export const GROUPS = {
  monitoring: 'dbops_monitor',
  maintenance: 'dbops_maintenance',
} as const;
export type RoleId = keyof typeof GROUPS;

const SIGNED_IN = 'SELECT session_user::text AS name';

/** A rendered host whose credentials can all be rotated, and those who use them meanwhile. */
export class RotatedHost {
  readonly host: RenderedHost;
  readonly files: Readonly<Record<RoleId, string>>;
  readonly #health: MemberConnection;
  /** Of a portal whose turn it is not: it asks nothing during a rotation. */
  readonly #restingHealth: MemberConnection;

  static async create(fleet: LocalFleet): Promise<RotatedHost> {
    const name = `rotated-${Date.now()}`;
    const file = (id: RoleId) =>
      join(fleet.context.directory, `${name}-${id}.json`);
    const files = {
      monitoring: file('monitoring'),
      maintenance: file('maintenance'),
    };
    const host = await RenderedHost.create(fleet, {
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
    return new RotatedHost(host, files);
  }

  private constructor(
    host: RenderedHost,
    files: Readonly<Record<RoleId, string>>,
  ) {
    this.host = host;
    this.files = files;
    const { config } = host.target.database;
    this.#health = new MemberConnection(config, config.members[0]);
    this.#restingHealth = new MemberConnection(config, config.members[0]);
  }

  async stop(): Promise<void> {
    await this.#health.close();
    await this.#restingHealth.close();
    await this.host.stop();
  }

  /** As whom a credential's users sign in now: over the connections that health keeps, or anew. */
  async ask(role: RoleId): Promise<string> {
    return role === 'monitoring'
      ? this.#askHealth(this.#health)
      : this.#askMaintenance();
  }

  async askRestingHealth(): Promise<string> {
    return this.#askHealth(this.#restingHealth);
  }

  async closeRestingHealth(): Promise<void> {
    await this.#restingHealth.close();
  }

  async signIn(username: string, password: string): Promise<MemberSession> {
    const { config } = this.host.target.database;
    return MemberSession.open(
      config,
      config.members[0],
      { username, password: new Secret(password) },
      { purpose: 'rotation' },
    );
  }

  /**
   * Its users go on meanwhile, and have moved to the new login in the grace
   * time.
   *
   * @param diesAt - ends as that step begins, as a killed worker would
   */
  async rotate(
    role: RoleId,
    diesAt?: string,
  ): Promise<{ readonly outcome: RotationOutcome; readonly said: string }> {
    const { context, lines, progress } = await recordedRun(
      this.host.target.repository,
      { operationId: 'rotation', stateDirectory: this.host.folder },
    );
    const asked: Promise<string>[] = [];
    const outcome = await rotateRole(
      this.host.target,
      { role },
      {
        ...context,
        progress: step => {
          if (diesAt && step.step?.startsWith(diesAt)) {
            throw new Error(`killed before ${diesAt}`);
          }
          if (step.step?.startsWith('Both logins hold')) {
            asked.push(this.ask(role));
          }
          context.progress(step);
        },
      },
    );
    const names = await Promise.all(asked);
    if (names.join() !== outcome.login) {
      throw new Error(
        `Signed in as '${names.join()}' in the grace time, not as '${outcome.login}'`,
      );
    }
    return { outcome, said: JSON.stringify([outcome, lines, progress]) };
  }

  current(role: RoleId): WrittenCredentials {
    const { config } = this.host.target.database;
    return currentCredentials(
      role === 'monitoring' ? config : config.maintenance!,
    );
  }

  password(role: RoleId): string {
    return this.current(role).password.reveal();
  }

  restingOf(role: RoleId): string {
    const group = GROUPS[role];
    return this.current(role).username === `${group}_a`
      ? `${group}_b`
      : `${group}_a`;
  }

  async #askHealth(by: MemberConnection): Promise<string> {
    const [row] = await by.query<{ name: string }>(
      SIGNED_IN,
      mockServices.logger.mock(),
    );
    return row.name;
  }

  async #askMaintenance(): Promise<string> {
    const { config } = this.host.target.database;
    return withMember(
      config,
      config.members[0],
      { application: 'insight', statementSeconds: 5, as: config.maintenance },
      async client => {
        const { rows } = await client.query<{ name: string }>(SIGNED_IN);
        return rows[0].name;
      },
    );
  }
}
