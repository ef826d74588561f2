import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FleetLoan } from './FleetLoan';
import { LocalFleet } from './LocalFleet';

jest.setTimeout(180_000);

describe('fleets that test files hand on', () => {
  const outer = process.env.TEST_FLEETS;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'loans-'));
    await chmod(folder, 0o755);
    process.env.TEST_FLEETS = folder;
  });

  afterAll(async () => {
    if (outer === undefined) {
      delete process.env.TEST_FLEETS;
    } else {
      process.env.TEST_FLEETS = outer;
    }
    const directory = join(folder, `fleet-${process.env.JEST_WORKER_ID}`);
    if (LocalFleet.exists(directory)) {
      await (await LocalFleet.open({ directory })).reset();
    }
    await rm(folder, { recursive: true, force: true });
  });

  it('run on for the next file, less the servers that it does not want', async () => {
    const first = await FleetLoan.take({ only: ['s3'] });
    const store = first.fleet.member('fleet-s3');
    await first.giveBack();
    expect(await store.state()).toBe('running');

    const second = await FleetLoan.take({ only: ['zookeeper'] });
    expect(second.fleet.context.directory).toBe(first.fleet.context.directory);
    expect(second.fleet.member('fleet-zookeeper-1').ports).toBeDefined();
    expect(await store.state()).toBe('stopped');
    await second.giveBack();

    const third = await FleetLoan.take({ only: ['s3'] });
    expect(third.fleet.member('fleet-s3').ports).toEqual(store.ports);
    expect(await store.state()).toBe('running');
    await third.giveBack();
  });

  it('are ended, and fail the file, when it leaves a server stopped or a restored copy', async () => {
    const careless = await FleetLoan.take({ only: ['s3'] });
    await careless.fleet.member('fleet-s3').stop({ force: true });
    await expect(careless.giveBack()).rejects.toThrow('fleet-s3');
    expect(existsSync(careless.fleet.context.directory)).toBe(false);

    const forgetful = await FleetLoan.take({ only: ['s3'] });
    const { directory } = forgetful.fleet.context;
    await mkdir(join(directory, 'restores/orders-1'), { recursive: true });
    await expect(forgetful.giveBack()).rejects.toThrow('orders-1');
    expect(existsSync(directory)).toBe(false);
  });

  it('are nobody else’s where a file wants a fresh one', async () => {
    const loan = await FleetLoan.take({ only: ['s3'], fresh: true });
    const { directory } = loan.fleet.context;
    expect(directory.startsWith(folder)).toBe(false);
    await loan.giveBack();
    expect(existsSync(directory)).toBe(false);
  });
});
