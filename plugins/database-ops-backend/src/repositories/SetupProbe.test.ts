import { SetupFinding } from 'backstage-plugin-database-ops-node';
import { repositorySetupSchema } from 'backstage-plugin-database-ops-node';
import {
  readyDatabase,
  ScriptedEngine,
  TEST_REPOSITORY,
} from '../health/testDatabases';
import { SetupProbe } from './SetupProbe';

const database = readyDatabase('orders', new ScriptedEngine(), {
  repository: { ...TEST_REPOSITORY, setup: repositorySetupSchema.parse({}) },
});

const finding = (overrides: Partial<SetupFinding> = {}): SetupFinding => ({
  aspect: 'policy',
  state: 'ok',
  sentence: 'Sentence.',
  changes: [],
  ...overrides,
});

describe('SetupProbe', () => {
  let nowMs = 0;
  let checks: number;

  function probe(check: () => Promise<readonly SetupFinding[]>) {
    checks = 0;
    return new SetupProbe({
      check: async () => {
        checks += 1;
        return check();
      },
      clock: () => new Date(nowMs),
    });
  }

  async function signalOf(...findings: readonly SetupFinding[]) {
    const [signal] = await probe(async () => findings).read(database);
    return signal;
  }

  it('is ok where everything is as configured, and names what the store cannot do', async () => {
    expect(
      await signalOf(
        finding(),
        finding({ aspect: 'public-access', state: 'unsupported' }),
      ),
    ).toMatchObject({
      id: 'repository-setup',
      status: 'ok',
      sentence: expect.stringContaining('does not support public-access'),
    });
  });

  it.each([
    ['warning', finding({ state: 'differs', changes: ['+ x'] })],
    ['critical', finding({ state: 'differs', changes: ['+ x'], danger: true })],
    ['unknown', finding({ state: 'unknown', sentence: 'AccessDenied.' })],
  ])('is %s with the reason', async (status, wrong) => {
    expect(await signalOf(finding(), wrong)).toMatchObject({
      status,
      sentence: expect.stringContaining(wrong.sentence),
    });
  });

  it('judges nothing where configuration asks for nothing', async () => {
    const silent = probe(async () => [finding()]);
    expect(
      await silent.read(
        readyDatabase('orders', new ScriptedEngine(), {
          repository: TEST_REPOSITORY,
        }),
      ),
    ).toEqual([]);
    expect(checks).toBe(0);
  });

  it('asks once for all databases, and again sooner after a failure', async () => {
    let broken = true;
    const shared = probe(async () => {
      if (broken) {
        throw new Error('The store sleeps.');
      }
      return [finding()];
    });
    const statuses = async () =>
      (await Promise.all([shared.read(database), shared.read(database)])).map(
        ([signal]) => signal.status,
      );
    expect(await statuses()).toEqual(['unknown', 'unknown']);
    expect(checks).toBe(1);
    broken = false;
    nowMs += 31_000;
    expect(await statuses()).toEqual(['ok', 'ok']);
    nowMs += 31_000;
    await statuses();
    expect(checks).toBe(2);
  });
});
