import { randomInt } from 'node:crypto';
import { TestDatabases } from '@backstage/backend-test-utils';
import { migrate } from '../__testUtils__/testStack';
import { judgeWeek } from './__testUtils__/judgeWeek';
import { Random } from './__testUtils__/random';
import { WeekSimulation } from './__testUtils__/weekSimulation';

/** `yarn test:long` plays ten times as many. */
const DATABASES = Number(process.env.SIMULATED_DATABASES ?? 20);
/** Every run plays another week; a failure says which. */
const SEED = Number(process.env.SEED ?? randomInt(2 ** 31));

jest.setTimeout(60_000 + DATABASES * 20_000);

const databases = TestDatabases.create();

describe('a week of schedules', () => {
  it.each(
    databases.eachSupportedId().map(([id]) => ({
      id,
      replicas: id === 'SQLITE_3' ? 1 : 2,
    })),
  )(
    'decides each due run exactly once on $id with $replicas replicas, whatever dies meanwhile',
    async ({ id, replicas }) => {
      const knex = await databases.init(id);
      await migrate(knex);
      const simulation = new WeekSimulation({
        knex,
        random: new Random(SEED),
        databases: DATABASES,
        replicas,
      });
      const judgement = await judgeWeek(
        knex,
        await simulation.run(),
        simulation.holds,
      );
      const { deaths, outages, steps, holds } = simulation;
      const facts = JSON.stringify({
        ...judgement.byOutcome,
        dueRuns: judgement.dueRuns,
        deaths,
        outages,
        steps,
        holds: holds.length,
      });
      if (judgement.faults.length > 0) {
        throw new Error(
          [
            `SEED=${SEED} SIMULATED_DATABASES=${DATABASES} plays this week again: ${facts}`,
            ...judgement.faults.slice(0, 20),
          ].join('\n'),
        );
      }
      // A week in which nothing happened would prove nothing.
      expect(judgement.dueRuns).toBeGreaterThan(DATABASES * 20);
      expect(deaths).toBeGreaterThan(0);
      expect(judgement.byOutcome).toMatchObject({
        requested: expect.any(Number),
        moved: expect.any(Number),
        skipped: expect.any(Number),
      });
      if (process.env.SIMULATION_FACTS) {
        process.stdout.write(`${id} SEED=${SEED} ${facts}\n`);
      }
    },
  );
});
