import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ConflictError } from '@backstage/errors';
import { absent } from './framework/paths';
import { FleetGroup, FleetMember } from './framework/types';
import { LocalFleet } from './LocalFleet';

/**
 * What a test file needs of a fleet.
 *
 * @public
 */
export interface FleetLoanOptions {
  /** Groups that the file works with, and those they need; all when absent. */
  readonly only?: readonly FleetGroup[];
  /** True for a file that ends its fleet or needs one in which nothing was ever done. */
  readonly fresh?: boolean;
}

/**
 * The fleet of one test file. Where `TEST_FLEETS` names a folder, files take
 * turns on one fleet a Jest worker, and whoever set the variable ends them;
 * otherwise each file has a temporary fleet. Data of earlier files may lie in
 * it: a test names what is its own (a database id, a prefix, a table).
 *
 * @public
 */
export class FleetLoan {
  readonly fleet: LocalFleet;
  readonly #shared: boolean;

  private constructor(fleet: LocalFleet, shared: boolean) {
    this.fleet = fleet;
    this.#shared = shared;
  }

  /** The fleet with every wanted server up. */
  static async take(options: FleetLoanOptions = {}): Promise<FleetLoan> {
    const { only } = options;
    const folder = options.fresh
      ? undefined
      : process.env.TEST_FLEETS || undefined;
    const fleet = folder
      ? await openShared(folder, only)
      : await LocalFleet.temporary({ only });
    const loan = new FleetLoan(fleet, folder !== undefined);
    try {
      await fleet.up();
      return loan;
    } catch (error) {
      await loan.#end();
      throw error;
    }
  }

  /**
   * Ends a temporary fleet; leaves a shared one to the next file.
   *
   * @throws ConflictError when the file left a member stopped or a restored copy: tests heal and discard
   */
  async giveBack(): Promise<void> {
    if (!this.#shared) {
      await this.#end();
      return;
    }
    const stopped = await notRunning(this.fleet.members);
    const copies = await restoredCopies(this.fleet);
    if (stopped.length + copies.length > 0) {
      await this.#end();
      throw new ConflictError(
        `This test file left members stopped (${stopped.join(', ') || 'none'}) or restored copies (${copies.join(', ') || 'none'}); start what a test stops and discard what it restores, also when the test fails`,
      );
    }
  }

  async #end(): Promise<void> {
    const { directory } = this.fleet.context;
    await (await LocalFleet.open({ directory })).reset();
  }
}

/** The fleet of this Jest worker, less the servers that only cost time now. */
async function openShared(
  folder: string,
  only: readonly FleetGroup[] | undefined,
): Promise<LocalFleet> {
  const worker = process.env.JEST_WORKER_ID ?? '1';
  const directory = join(folder, `fleet-${worker}`);
  const known = LocalFleet.exists(directory)
    ? (await LocalFleet.open({ directory })).members
    : [];
  const fleet = await LocalFleet.open({ directory, only });
  const wanted = new Set(fleet.members.map(({ name }) => name));
  const idle = known.filter(({ name }) => !wanted.has(name));
  for (const member of [...idle].reverse()) {
    await member.stop();
  }
  return fleet;
}

async function restoredCopies({
  context,
}: LocalFleet): Promise<readonly string[]> {
  return (
    (await readdir(join(context.directory, 'restores')).catch(absent)) ?? []
  );
}

async function notRunning(
  members: readonly FleetMember[],
): Promise<readonly string[]> {
  const states = await Promise.all(members.map(member => member.state()));
  return members
    .filter((_, index) => states[index] !== 'running')
    .map(({ name }) => name);
}
