import { TestDatabases } from '@backstage/backend-test-utils';
import { Knex } from 'knex';
import { MIGRATIONS_DIRECTORY } from '../database/applyMigrations';
import { HealthCheckTurns } from './HealthCheckTurns';

jest.setTimeout(60_000);

const databases = TestDatabases.create();
const at = (seconds: number) => new Date(1_770_000_000_000 + seconds * 1000);

describe.each(databases.eachSupportedId())('HealthCheckTurns on %s', id => {
  let knex: Knex;
  const replica = (owner: string) =>
    new HealthCheckTurns({ knex, owner, leaseSeconds: 40 });

  beforeAll(async () => {
    knex = await databases.init(id);
    await knex.migrate.latest({ directory: MIGRATIONS_DIRECTORY });
  });

  beforeEach(async () => {
    await knex('health_checks').delete();
  });

  it('gives each database to one of two replicas that ask at once', async () => {
    const ids = ['a', 'b', 'c', 'd', 'e'];
    const [first, second] = await Promise.all([
      replica('one').claimDue(ids, at(0), 8),
      replica('two').claimDue(ids, at(0), 8),
    ]);
    expect([...first, ...second].sort()).toEqual(ids);
  });

  it('lets the other replica take the next turn when it is due', async () => {
    await replica('one').claimDue(['a'], at(0), 8);
    await replica('one').release('a', at(30));
    expect(await replica('two').claimDue(['a'], at(29), 8)).toEqual([]);
    expect(await replica('two').claimDue(['a'], at(30), 8)).toEqual(['a']);
  });

  it('gives no more turns than asked for, to those due longest first', async () => {
    const ids = ['a', 'b', 'c'];
    const one = replica('one');
    expect(await one.claimDue(ids, at(0), 0)).toEqual([]);
    expect(await one.claimDue(ids, at(0), 2)).toEqual(['a', 'b']);
    await one.release('a', at(30));
    await one.release('b', at(20));
    expect(await one.claimDue(ids, at(60), 2)).toEqual(['c', 'b']);
    expect(await one.claimDue(ids, at(60), 2)).toEqual(['a']);
  });

  it('frees the turn of a replica that died', async () => {
    await replica('one').claimDue(['a'], at(0), 8);
    expect(await replica('two').claimDue(['a'], at(39), 8)).toEqual([]);
    expect(await replica('two').claimDue(['a'], at(40), 8)).toEqual(['a']);
    // The dead one comes back late and must not end the other's turn.
    await replica('one').release('a', at(41));
    expect(await replica('one').claimDue(['a'], at(45), 8)).toEqual([]);
  });
});
