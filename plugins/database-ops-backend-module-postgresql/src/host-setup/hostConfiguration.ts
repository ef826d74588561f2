import { InputError } from '@backstage/errors';
import {
  DatabaseDefinition,
  HostConfiguration,
  HostConfigurationSection,
  HostFacts,
  RepositoryDefinition,
} from 'backstage-plugin-database-ops-node';
import { escapeIdentifier } from 'pg';
import { PostgresqlConfig } from '../config';
import { grantedRole } from '../rotation/config';
import {
  admittedRoles,
  firstLogins,
  rotatedRoles,
} from '../rotation/rotatedRoles';
import { rotationSql } from '../rotation/rotationSql';
import { archivingSections, serverSections } from './archiving';
import { certificateSections } from './certificates';
import { line, shellQuoted } from './lines';
import { planOf } from './place';
import {
  canarySql,
  extensionSql,
  maintenanceRoleSql,
  monitoringRoleSql,
  queryBoxRoleSql,
  RoleStatement,
} from './roles';
import { accessSections, settingsSections } from './settings';

/**
 * All that a database's host is set up with, in the order of doing it. What
 * the local fleet and the tests run is made of the same parts.
 *
 * @throws InputError when the database has no pgBackRest: nothing is to be rendered
 */
export function hostConfiguration(
  database: DatabaseDefinition<PostgresqlConfig>,
  repositories: readonly RepositoryDefinition[],
  facts: HostFacts,
): HostConfiguration {
  const { config } = database;
  if (!config.pgbackrest || repositories.length === 0) {
    throw new InputError(
      `Database '${database.id}' has no ${config.pgbackrest ? 'repository' : 'key postgresql.pgbackrest'}; add it, even with paths that are not there yet: they are what is rendered.`,
    );
  }
  const plan = planOf(database, config.pgbackrest, repositories, facts);
  // With + the members of the role are meant, and the role itself.
  const roles = admittedRoles(config).map(role =>
    /^[a-z_][a-z0-9_]*$/.test(role) ? `+${role}` : `+${escapeIdentifier(role)}`,
  );
  return {
    sections: [
      ...certificateSections(plan),
      ...archivingSections(plan),
      ...serverSections(plan),
      ...accessSections(plan, roles),
      ...settingsSections(plan),
      ...roleSections(database),
    ],
  };
}

function roleSections({
  config,
}: DatabaseDefinition<PostgresqlConfig>): readonly HostConfigurationSection[] {
  const { maintenance } = config;
  const role = grantedRole(config);
  return [
    sqlSection(
      'roles',
      'Roles, as a superuser on the primary',
      config.database,
      [
        ...monitoringRoleSql({
          role,
          database: config.database,
          login: config.username === role,
        }),
        ...(config.canary ? canarySql(role) : []),
        ...(maintenance
          ? maintenanceRoleSql({
              role: grantedRole(maintenance),
              database: config.database,
              login: maintenance.username === grantedRole(maintenance),
            })
          : []),
        ...rotationSql(rotatedRoles(config)),
        ...(config.queryBox
          ? queryBoxRoleSql({
              role: config.queryBox.username,
              database: config.database,
              schemas: ['public'],
            })
          : []),
      ],
    ),
    sqlSection(
      'extensions',
      'Extensions, as a superuser in every database',
      config.database,
      extensionSql(),
    ),
    passwordSection(config),
  ];
}

function sqlSection(
  id: string,
  title: string,
  target: string,
  statements: readonly RoleStatement[],
): HostConfigurationSection {
  return {
    id,
    title,
    kind: 'sql',
    target,
    lines: statements.map(({ sql, why }) => line(sql, why)),
  };
}

/** Only the first passwords are set by hand. */
function passwordSection(config: PostgresqlConfig): HostConfigurationSection {
  const psql = (statement: string) =>
    `psql -d ${shellQuoted(config.database)} -c ${shellQuoted(statement)}`;
  return {
    id: 'password',
    title: 'First passwords',
    kind: 'shell',
    target: 'wherever psql reaches the primary as a superuser',
    lines: firstLogins(config).flatMap(({ login, isGranted }) => [
      line(
        psql(`\\password ${escapeIdentifier(login)}`),
        'psql asks for it and sends only the verifier, so it stands in no log. Put the same into the configuration of the portal.',
      ),
      ...(isGranted
        ? []
        : [line(psql(`ALTER ROLE ${escapeIdentifier(login)} LOGIN`))]),
    ]),
  };
}
