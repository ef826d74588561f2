import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { JsonObject } from '@backstage/types';
import { ReadyDatabase } from 'backstage-plugin-database-ops-backend/configuration';
import { Signal } from 'backstage-plugin-database-ops-common';
import {
  HostConfigurationSection,
  HostFacts,
  LocalProcessRunner,
  RepositoryDefinition,
  renderSection,
} from 'backstage-plugin-database-ops-node';
import { loadConfiguration } from '../configuration/loadConfiguration';
import { readDatabases } from '../configuration/readDatabases';
import { UsageError } from '../errors';
import { EXIT, ExitCode } from '../exitCodes';
import { Column, formatTable } from '../output/table';
import { CommandContext, print } from './context';

/** Which database, in which configuration. */
interface DatabaseTarget {
  readonly database: string;
  readonly config: readonly string[];
  /** Of its repositories, these; all when absent. */
  readonly repository?: readonly string[];
}

const COLUMNS: readonly Column<Signal>[] = [
  { title: 'STATUS', value: row => row.status },
  { title: 'WHAT', value: row => row.title },
  { title: 'FOUND', value: row => row.sentence },
];

const WORST_FIRST: readonly Signal['status'][] = [
  'critical',
  'warning',
  'unknown',
  'ok',
];

async function findDatabase(target: DatabaseTarget): Promise<{
  readonly database: ReadyDatabase;
  readonly repositories: readonly RepositoryDefinition[];
}> {
  const databases = await readDatabases(await loadConfiguration(target.config));
  const found = databases.find(({ id }) => id === target.database);
  if (!found) {
    throw new UsageError(
      `There is no database '${target.database}' in this configuration; it has ${databases.map(({ id }) => id).join(', ') || 'none'}.`,
    );
  }
  if (found.quarantine) {
    throw new UsageError(
      `Database '${found.id}' is configured wrongly: ${found.quarantine.path}: ${found.quarantine.message}`,
    );
  }
  const all = [
    ...(found.repository ? [found.repository] : []),
    ...(found.additionalRepositories ?? []),
  ];
  const wanted = target.repository?.length ? target.repository : undefined;
  const stray = wanted?.find(id => !all.some(each => each.id === id));
  if (stray !== undefined) {
    throw new UsageError(
      `Database '${found.id}' has no repository '${stray}'; it has ${all.map(({ id }) => id).join(', ') || 'none'}.`,
    );
  }
  return {
    database: found,
    repositories: all.filter(({ id }) => !wanted || wanted.includes(id)),
  };
}

/** Prints what a database's host is set up with, or writes it to files. */
export async function configurePostgresql(
  context: CommandContext,
  target: DatabaseTarget,
  options: {
    readonly facts: HostFacts;
    /** A folder to write to; printed when absent. */
    readonly output?: string;
  },
): Promise<ExitCode> {
  const { database, repositories } = await findDatabase(target);
  const { describe } = database.engine.engine;
  if (!describe.hostConfiguration) {
    throw new UsageError(
      `'${database.id}' is ${database.engineKind}, for whose host nothing is rendered.`,
    );
  }
  const { sections } = describe.hostConfiguration(
    database.definition,
    repositories,
    options.facts,
  );
  if (options.output === undefined) {
    print(context, sections, () => sections.map(renderSection));
    return EXIT.ok;
  }
  await mkdir(options.output, { recursive: true });
  for (const [index, section] of sections.entries()) {
    const file = join(options.output, fileName(section, index));
    await writeFile(file, renderSection(section));
    context.terminal.out(`${file}: ${section.title} (${section.target})`);
  }
  return EXIT.ok;
}

/** In the order of doing it, by what it is. */
function fileName(
  { id, kind, target }: HostConfigurationSection,
  index: number,
): string {
  const order = String(index + 1).padStart(2, '0');
  return kind === 'file'
    ? `${order}-${basename(target)}`
    : `${order}-${id}.${kind === 'sql' ? 'sql' : 'sh'}`;
}

/** Looks at a database and its host from here; fails on what is critical. */
export async function examinePostgresql(
  context: CommandContext,
  target: DatabaseTarget,
): Promise<ExitCode> {
  const { database, repositories } = await findDatabase(target);
  const { inspectHost } = database.engine.engine.observe;
  if (!inspectHost || repositories.length === 0) {
    throw new UsageError(
      inspectHost
        ? `Database '${database.id}' has no repository.`
        : `'${database.id}' is ${database.engineKind}, whose host nothing examines.`,
    );
  }
  const workDirectory = await mkdtemp(join(tmpdir(), 'dbops-doctor-'));
  const say = (message: string, meta?: Error | JsonObject) =>
    context.terminal.err(meta ? `${message} ${String(meta)}` : message);
  const logger = {
    error: say,
    warn: say,
    info: () => {},
    debug: () => {},
    child: () => logger,
  };
  try {
    const findings: Signal[] = [];
    for (const repository of repositories) {
      const found = await inspectHost(
        { database: database.definition, repository },
        {
          logger,
          signal: new AbortController().signal,
          processes: new LocalProcessRunner(),
          workDirectory,
          clock: () => new Date(),
        },
      );
      // What is not about the repository is found again for each.
      findings.push(
        ...found.filter(({ id }) => !findings.some(each => each.id === id)),
      );
    }
    print(context, findings, () => tableOf(findings));
    return findings.some(({ status }) => status === 'critical')
      ? EXIT.drift
      : EXIT.ok;
  } finally {
    await rm(workDirectory, { recursive: true, force: true });
  }
}

function tableOf(findings: readonly Signal[]): readonly string[] {
  const sorted = [...findings].sort(
    (a, b) => WORST_FIRST.indexOf(a.status) - WORST_FIRST.indexOf(b.status),
  );
  const counts = WORST_FIRST.map(
    status =>
      `${sorted.filter(each => each.status === status).length} ${status}`,
  );
  return [...formatTable(COLUMNS, sorted), '', counts.join(', ')];
}
