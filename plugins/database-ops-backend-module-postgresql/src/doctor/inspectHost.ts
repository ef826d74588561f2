import { Signal } from 'backstage-plugin-database-ops-common';
import {
  checkSignal,
  InspectionContext,
  OperateTarget,
  RunContext,
  S3ObjectStore,
  unknownSignal,
} from 'backstage-plugin-database-ops-node';
import { PostgresqlConfig } from '../config';
import { MemberSession } from '../connection/MemberSession';
import { hostsOf } from '../pgbackrest/hosts';
import { collationFinding, extensionFindings } from './databaseFindings';
import { maintenanceFindings, roleFindings } from './roleFindings';
import { rotationFindings } from './rotationFindings';
import {
  archiverFinding,
  clockFinding,
  connectionFindings,
  limitFindings,
  openSession,
} from './serverFindings';
import { settingFindings, Settings, SETTINGS } from './settingFindings';
import {
  asyncFinding,
  repositoryFindings,
  serverFinding,
} from './toolFindings';

const TIMEOUT_SECONDS = 90;

const SYSTEM = `
SELECT (SELECT system_identifier::text FROM pg_control_system()) AS id,
       current_setting('server_version_num')::int / 10000 AS major`;

type Findings = Promise<Signal | readonly Signal[]>;

/** Everything that has to be right on a database and its host, as far as it can be seen from here. */
export async function inspectHost(
  target: OperateTarget<PostgresqlConfig>,
  context: InspectionContext,
): Promise<readonly Signal[]> {
  const { config } = target.database;
  const look = (id: string, title: string, check: () => Findings) =>
    checkSignal({
      id,
      title,
      timeoutSeconds: TIMEOUT_SECONDS,
      signal: context.signal,
      check,
    });
  const findings: Signal[] = [];
  for (const member of config.members) {
    findings.push(
      ...(await look(`member.${member.name}`, member.name, () =>
        connectionFindings(config, member),
      )),
    );
  }
  const primary = await openPrimary(config);
  if (!primary) {
    findings.push(
      unknownSignal({
        id: 'primary',
        title: 'Primary',
        sentence:
          'No member is a primary that can be signed in to: settings, rights and extensions were not looked at. Repair that first.',
      }),
    );
  }
  let systemId: string | undefined;
  if (primary) {
    try {
      const [system] = await primary.query<{ id: string; major: number }>(
        SYSTEM,
      );
      systemId = system.id;
      findings.push(
        ...(await aboutPrimary(config, primary, look, context, system)),
      );
    } finally {
      await primary.close();
    }
  }
  if (config.pgbackrest) {
    const { pgbackrest } = config;
    for (const host of hostsOf(pgbackrest)) {
      findings.push(await serverFinding(pgbackrest, host, context.clock()));
    }
    findings.push(
      ...(await look('repository', 'Repository', () =>
        withRunContext(target, context, run =>
          repositoryFindings(target, systemId, run),
        ),
      )),
    );
  }
  return findings;
}

async function aboutPrimary(
  config: PostgresqlConfig,
  primary: MemberSession,
  look: (
    id: string,
    title: string,
    check: () => Findings,
  ) => Promise<readonly Signal[]>,
  context: InspectionContext,
  system: { readonly major: number },
): Promise<readonly Signal[]> {
  const { name } = primary.member;
  const [{ settings }] = await primary.query<{ settings: Settings }>(SETTINGS);
  const { pgbackrest } = config;
  return [
    ...settingFindings(name, settings),
    ...(await look('archiver', 'Archiver', () =>
      archiverFinding(name, primary),
    )),
    ...(pgbackrest
      ? [await asyncFinding(pgbackrest, settings.archive_command ?? '')]
      : []),
    ...(await look('limits', 'Limits', () => limitFindings(name, primary))),
    ...(await look('clock', 'Clock', () =>
      clockFinding(name, primary, context.clock),
    )),
    ...(await look('role-rights', 'Rights', () =>
      roleFindings(config, primary),
    )),
    ...(await look('maintenance-rights', 'Rights of the maintenance role', () =>
      maintenanceFindings(config, primary),
    )),
    ...(await look('rotation', 'Rotation', () =>
      rotationFindings(config, primary),
    )),
    ...(await look('extensions', 'Extensions', () =>
      extensionFindings(primary, database =>
        openSession(config, primary.member, database),
      ),
    )),
    ...(await look('collations', 'Versions of collations', () =>
      collationFinding(primary, system.major),
    )),
  ];
}

async function openPrimary(
  config: PostgresqlConfig,
): Promise<MemberSession | undefined> {
  for (const member of config.members) {
    // Why one does not let us in is the finding of that member.
    const session = await openSession(config, member).catch(() => undefined);
    if (session && (await session.isPrimary())) {
      return session;
    }
    await session?.close();
  }
  return undefined;
}

/** pgBackRest is run as a worker would run it. */
async function withRunContext<T>(
  { repository }: OperateTarget<PostgresqlConfig>,
  context: InspectionContext,
  use: (run: RunContext) => Promise<T>,
): Promise<T> {
  const store = await S3ObjectStore.create(repository);
  try {
    return await use({
      ...context,
      operationId: 'inspection',
      requestedBy: 'inspection',
      progress: () => {},
      store,
    });
  } finally {
    store.close();
  }
}
