import { existsSync } from 'node:fs';
import { chmod, lstat, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { InputError, NotFoundError } from '@backstage/errors';
import { stringify } from 'yaml';
import { LocalFleetContext } from './framework/LocalFleetContext';
import { absent, repositoryRoot } from './framework/paths';
import { endFleetProcesses } from './framework/sweep';
import {
  FleetContext,
  FleetGroup,
  FleetGroupDefinition,
  FleetLoadOptions,
  FleetLoadResult,
  FleetMember,
} from './framework/types';
import { GROUPS } from './groups';

/**
 * How a fleet is opened.
 *
 * @public
 */
export interface LocalFleetOptions {
  /** The fleet's folder; `<repository>/.fleet` when absent. */
  readonly directory?: string;
  /** Groups to work with, and those they need; when absent, the groups this fleet has been started with, or all but those that have to be named. */
  readonly only?: readonly FleetGroup[];
  /** Receives one line per event; nothing is printed when absent. */
  readonly log?: (message: string) => void;
}

/**
 * The whole `databaseOps` configuration for a fleet; secrets are `{ $file }`.
 *
 * @public
 */
export interface FleetConfiguration {
  readonly databaseOps: Record<string, unknown> & {
    readonly repositories: Record<string, unknown>;
    readonly databases: Record<string, Record<string, unknown>>;
  };
}

interface PreparedGroup {
  readonly definition: FleetGroupDefinition;
  readonly members: readonly FleetMember[];
}

/**
 * Real servers on loopback. Everything they write lies in one folder, and a
 * fleet opened again from that folder finds the servers that run.
 *
 * @public
 */
export class LocalFleet {
  readonly context: FleetContext;
  readonly #wantedDirectory: string;
  readonly #groups: readonly PreparedGroup[];
  readonly #complete: boolean;

  private constructor(options: {
    context: FleetContext;
    wantedDirectory: string;
    groups: readonly PreparedGroup[];
    complete: boolean;
  }) {
    this.context = options.context;
    this.#wantedDirectory = options.wantedDirectory;
    this.#groups = options.groups;
    this.#complete = options.complete;
  }

  /** Opens or makes the fleet of that folder; starts nothing. */
  static async open(options: LocalFleetOptions = {}): Promise<LocalFleet> {
    const wantedDirectory = resolve(
      options.directory ?? LocalFleet.defaultDirectory(),
    );
    const context = await LocalFleetContext.create({
      directory: wantedDirectory,
      log: options.log ?? (() => {}),
    });
    const known = await context.groups();
    const definitions = selectGroups(
      options.only ?? (known.length > 0 ? known : undefined),
    );
    const selected = definitions.map(({ group }) => group);
    await context.rememberGroups(selected);
    const groups = await Promise.all(
      definitions.map(async definition => ({
        definition,
        members: await definition.prepare(context),
      })),
    );
    return new LocalFleet({
      context,
      wantedDirectory,
      groups,
      complete: known.every(group => selected.includes(group)),
    });
  }

  /** A fleet in a temporary folder with ports of its own; end it with {@link LocalFleet.reset}. */
  static async temporary(
    options: Omit<LocalFleetOptions, 'directory'> = {},
  ): Promise<LocalFleet> {
    const directory = await mkdtemp(join(tmpdir(), 'fleet-'));
    await chmod(directory, 0o755);
    return LocalFleet.open({ ...options, directory });
  }

  /** Where the fleet lies when nobody says otherwise. */
  static defaultDirectory(): string {
    return join(repositoryRoot(), '.fleet');
  }

  /** Whether a fleet has been made in that folder. */
  static exists(directory: string = LocalFleet.defaultDirectory()): boolean {
    return existsSync(join(directory, 'fleet.json'));
  }

  get members(): readonly FleetMember[] {
    return this.#groups.flatMap(({ members }) => members);
  }

  /** The member of that name, for example `fleet-pg-2`. */
  member(name: string): FleetMember {
    const member = this.members.find(candidate => candidate.name === name);
    if (!member) {
      const names = this.members.map(candidate => candidate.name).join(', ');
      throw new NotFoundError(
        `The fleet has no member ${name}; its members are ${names}`,
      );
    }
    return member;
  }

  /**
   * Starts every group as soon as those it needs are up; resolves when all are
   * provisioned.
   *
   * @param onUp - called when a group is provisioned, while others still start
   */
  async up(onUp: (group: FleetGroup) => void = () => {}): Promise<void> {
    const started = new Map<FleetGroup, Promise<void>>();
    for (const prepared of this.#groups) {
      const { group, needs, follows = [] } = prepared.definition;
      const needed = [...needs, ...follows].map(name => started.get(name));
      started.set(
        group,
        Promise.all(needed)
          .then(() => this.#startGroup(prepared))
          .then(() => onUp(group)),
      );
    }
    await allDone([...started.values()]);
  }

  /** Ends every process of the fleet; its data stay. */
  async down(): Promise<void> {
    for (const { members } of [...this.#groups].reverse()) {
      for (const member of [...members].reverse()) {
        const startedAt = Date.now();
        const state = await member.state();
        await member.stop();
        if (state === 'running') {
          this.#report(`${member.name} stopped`, startedAt);
        }
      }
    }
    if (this.#complete) {
      const ended = await endFleetProcesses(this.context.directory);
      if (ended.length > 0) {
        this.context.log(`ended left-over processes: ${ended.join(', ')}`);
      }
    }
  }

  /** Ends every process and removes the fleet's folder. */
  async reset(): Promise<void> {
    if (!this.#complete) {
      throw new InputError(
        `The fleet in ${this.context.directory} has more groups than were selected; reset it without --only`,
      );
    }
    await this.down();
    // A process that was ended by force may have written a last file meanwhile.
    await rm(this.context.directory, {
      recursive: true,
      force: true,
      maxRetries: 5,
      retryDelay: 200,
    });
    const link = await lstat(this.#wantedDirectory).catch(absent);
    if (link?.isSymbolicLink()) {
      await rm(this.#wantedDirectory);
    }
  }

  /** Writes rows, keys and messages into every selected group until the signal aborts. */
  async load(
    options: FleetLoadOptions,
  ): Promise<ReadonlyMap<FleetGroup, FleetLoadResult>> {
    const results = new Map<FleetGroup, FleetLoadResult>();
    await Promise.all(
      this.#groups.map(async ({ definition }) => {
        const result = await definition.load?.(this.context, options);
        if (result) {
          results.set(definition.group, result);
        }
      }),
    );
    return results;
  }

  /** The `databaseOps` configuration of the selected groups; policies are not part of it. */
  async configuration(): Promise<FleetConfiguration> {
    const repositories: Record<string, unknown> = {};
    const databases: Record<string, Record<string, unknown>> = {};
    const other: Record<string, unknown> = {};
    for (const { definition } of this.#groups) {
      const part = await definition.configuration(this.context);
      Object.assign(repositories, part.repositories);
      Object.assign(databases, part.databases);
      Object.assign(other, part.other);
    }
    return { databaseOps: { ...other, repositories, databases } };
  }

  /** Writes {@link LocalFleet.configuration} as YAML, readable by its owner only. */
  async writeConfiguration(file: string): Promise<void> {
    const scratch = `${file}.${process.pid}`;
    await writeFile(scratch, stringify(await this.configuration()), {
      mode: 0o600,
    });
    // Whoever waits for the file finds all of it.
    await rename(scratch, file);
  }

  async #startGroup({ definition, members }: PreparedGroup): Promise<void> {
    const start = async (member: FleetMember) => {
      const memberStartedAt = Date.now();
      await member.start();
      this.#report(`${member.name} ready`, memberStartedAt);
    };
    if (definition.startsTogether) {
      await allDone(members.map(start));
    } else {
      for (const member of members) {
        await start(member);
      }
    }
    const startedAt = Date.now();
    await definition.provision(this.context);
    this.#report(`${definition.group} provisioned`, startedAt);
  }

  #report(what: string, startedAt: number): void {
    const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
    this.context.log(`${what} (${seconds} s)`);
  }
}

/** Waits for all before it tells the first failure, so that none goes on unseen. */
async function allDone(work: readonly Promise<void>[]): Promise<void> {
  const outcomes = await Promise.allSettled(work);
  const failed = outcomes.find(outcome => outcome.status === 'rejected');
  if (failed) {
    throw failed.reason;
  }
}

/** The wanted groups and all they need, in the order of {@link GROUPS}. */
function selectGroups(
  only: readonly FleetGroup[] | undefined,
): readonly FleetGroupDefinition[] {
  if (!only) {
    return GROUPS.filter(({ onlyWhenAsked }) => !onlyWhenAsked);
  }
  const wanted = new Set<FleetGroup>();
  const add = (name: FleetGroup) => {
    const definition = GROUPS.find(({ group }) => group === name);
    if (!definition) {
      const names = GROUPS.map(({ group }) => group).join(', ');
      throw new InputError(`No group ${name}; the groups are ${names}`);
    }
    wanted.add(name);
    definition.needs.forEach(add);
  };
  only.forEach(add);
  return GROUPS.filter(({ group }) => wanted.has(group));
}
