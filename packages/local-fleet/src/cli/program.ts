import { Command } from 'commander';
import { FleetGroup } from '../framework/types';
import { LocalFleet } from '../LocalFleet';

interface Flags {
  readonly only?: readonly string[];
  readonly json?: boolean;
  readonly directory?: string;
}

interface LoadFlags extends Flags {
  readonly rate: number;
  readonly seconds?: number;
}

/** The command line `yarn fleet`. */
export async function cli(argv: readonly string[]): Promise<void> {
  const program = new Command('fleet').description(
    'Real database servers on loopback',
  );
  const command = (name: string, description: string) =>
    program
      .command(name)
      .description(description)
      .option('--only <groups>', 'groups, separated by commas', commaSeparated)
      .option('--directory <folder>', 'the fleet’s folder')
      .option('--json', 'print JSON on standard output');

  command('up', 'start the fleet and provision it')
    .option(
      '--configuration <file>',
      'write the databaseOps configuration once a portal may start',
    )
    .action(async (flags: Flags & { readonly configuration?: string }) => {
      const startedAt = Date.now();
      const fleet = await open(flags);
      await upWithConfiguration(fleet, flags.configuration);
      log(`fleet up in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
      await printStatus(fleet, flags);
    });
  command('down', 'stop every process; data stay').action(
    whenItExists(async (fleet, flags) => {
      await fleet.down();
      await printStatus(fleet, flags);
    }),
  );
  command('status', 'show members, ports and states').action(
    whenItExists(printStatus),
  );
  command('reset', 'stop every process and remove the folder').action(
    whenItExists(async fleet => {
      await fleet.reset();
      log(`removed ${fleet.context.directory}`);
    }),
  );
  command('configuration <file>', 'write the databaseOps configuration').action(
    async (file: string, flags: Flags) => {
      await (await open(flags)).writeConfiguration(file);
    },
  );
  command('start <member>', 'start one member').action(
    async (name: string, flags: Flags) => {
      await (await open(flags)).member(name).start();
      log(`${name} ready`);
    },
  );
  command('stop <member>', 'stop one member')
    .option('--force', 'by SIGKILL at once')
    .action(async (name: string, flags: Flags & { force?: boolean }) => {
      await (await open(flags)).member(name).stop({ force: flags.force });
      log(`${name} stopped`);
    });
  command('load', 'write rows, keys and messages, until interrupted')
    .option('--rate <writes>', 'writes per second and group', Number, 100)
    .option('--seconds <seconds>', 'stop after this time', Number)
    .action(load);
  await program.parseAsync(argv);
}

function commaSeparated(value: string): string[] {
  return value.split(',').map(part => part.trim());
}

function log(message: string): void {
  console.error(message);
}

async function open(flags: Flags): Promise<LocalFleet> {
  return LocalFleet.open({
    directory: flags.directory,
    // An unknown name is refused by the fleet with the list of names.
    only: flags.only as readonly FleetGroup[] | undefined,
    log,
  });
}

/** What a portal finds broken at its start it looks at again only minutes later. */
const NEEDED_BY_A_PORTAL: readonly FleetGroup[] = ['s3', 'postgresql'];

/** Writes the configuration when a portal may start, and goes on with the other servers. */
async function upWithConfiguration(
  fleet: LocalFleet,
  file: string | undefined,
): Promise<void> {
  const missing = new Set(
    fleet.members
      .map(({ group }) => group)
      .filter(group => NEEDED_BY_A_PORTAL.includes(group)),
  );
  let written: Promise<void> | undefined;
  const write = () => {
    if (file && missing.size === 0) {
      written ??= fleet.writeConfiguration(file);
    }
  };
  write();
  await fleet.up(group => {
    missing.delete(group);
    write();
  });
  await written;
}

/** Looking at or ending a fleet must not make one. */
function whenItExists(
  action: (fleet: LocalFleet, flags: Flags) => Promise<void>,
) {
  return async (flags: Flags) => {
    if (LocalFleet.exists(flags.directory)) {
      await action(await open(flags), flags);
    } else if (flags.json) {
      console.log('[]');
    } else {
      log('There is no fleet here; start one with: yarn fleet up');
    }
  };
}

async function printStatus(fleet: LocalFleet, flags: Flags): Promise<void> {
  const rows = [];
  for (const member of fleet.members) {
    const { name, group, ports } = member;
    rows.push({ name, group, state: await member.state(), ports });
  }
  if (flags.json) {
    console.log(JSON.stringify(rows, null, 2));
    return;
  }
  for (const { name, state, ports } of rows) {
    const listed = Object.entries(ports).map(([key, port]) => `${key} ${port}`);
    console.log(
      `${name.padEnd(24)} ${state.padEnd(8)} ${listed.join(', ')}`.trimEnd(),
    );
  }
}

async function load(flags: LoadFlags): Promise<void> {
  const fleet = await open(flags);
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => interrupted.abort());
  }
  const signal = flags.seconds
    ? AbortSignal.any([
        interrupted.signal,
        AbortSignal.timeout(flags.seconds * 1000),
      ])
    : interrupted.signal;
  const results = await fleet.load({ ratePerSecond: flags.rate, signal });
  const summary = Object.fromEntries(results);
  if (flags.json) {
    console.log(JSON.stringify(summary, null, 2));
  } else {
    console.table(summary);
  }
}
