import { randomUUID } from 'node:crypto';
import { Ballast } from './harness/ballast';
import { databaseEntry, TIMESCALE } from './harness/fleetDatabase';
import { backupOf, Operation, Operations } from './harness/operations';
import { Stage } from './harness/Stage';

const REQUESTS = 50;
const REPEATS = 10;
/** The one backup must outlast all requests for another. */
const BALLAST_MEGABYTES = 320;

describe('two portals on one PostgreSQL database', () => {
  let stage: Stage;
  let operations: Operations;
  let ballast: Ballast;

  beforeAll(async () => {
    stage = await Stage.start({
      only: ['s3', 'postgresql'],
      browser: false,
      replicas: 2,
      configuration: async fleet => ({
        databaseOps: {
          databases: {
            [TIMESCALE]: await databaseEntry(fleet, {
              pgbackrest: { processMax: 1 },
            }),
          },
        },
      }),
    });
    operations = await Operations.of(stage, [TIMESCALE]);
    ballast = await Ballast.add(stage.fleet, BALLAST_MEGABYTES);
  });

  afterAll(async () => {
    await ballast?.remove();
    await stage?.stop();
  });

  /** Requests for backups at the same time, by turns to either replica. */
  async function requestTogether(keys: readonly string[]) {
    const tokens = await Promise.all(
      stage.replicas.map(portal => portal.token('owner')),
    );
    return Promise.all(
      keys.map((key, index) => {
        const replica = index % stage.replicas.length;
        return stage.apiWithToken(tokens[replica], '/operations', {
          method: 'POST',
          headers: { 'Idempotency-Key': key },
          body: backupOf(TIMESCALE),
          portal: stage.replicas[replica],
        });
      }),
    );
  }

  async function activeBackups(): Promise<readonly Operation[]> {
    const { body } = await stage.api(
      'owner',
      `/operations?databaseId=${TIMESCALE}&kind=backup`,
    );
    return body.items.filter(({ state }: Operation) =>
      ['queued', 'running'].includes(state),
    );
  }

  it(`make one of ${REQUESTS} concurrent requests the running backup, and name it to the others`, async () => {
    const answers = await requestTogether(
      Array.from({ length: REQUESTS }, () => randomUUID()),
    );
    const accepted = answers.filter(({ status }) => status === 201);
    const refused = answers.filter(({ status }) => status === 409);
    expect([accepted.length, refused.length]).toEqual([1, REQUESTS - 1]);
    const { id } = accepted[0].body;
    for (const { body } of refused) {
      expect(body.error).toMatchObject({
        name: 'ConflictError',
        operationId: id,
        message: expect.stringContaining(id),
      });
    }
    expect((await activeBackups()).map(each => each.id)).toEqual([id]);

    const ended = await operations.untilEnded(id);
    expect(ended).toMatchObject({ state: 'succeeded', attempt: 1 });
    expect(await operations.auditedEnds(id)).toHaveLength(1);
    await ballast.remove();
    // The other replica gives the same answer: both read one database.
    const [, other] = stage.replicas;
    const seen = await stage.api('owner', `/operations/${id}`, {
      portal: other,
    });
    expect(seen.body).toMatchObject({ id, state: 'succeeded' });
    const { body: backups } = await stage.api(
      'owner',
      `/databases/${TIMESCALE}/backups`,
      { portal: other },
    );
    const made = backups.items.filter(
      (each: { operationId?: string }) => each.operationId === id,
    );
    expect(made).toHaveLength(1);
  });

  it(`give ${REPEATS} concurrent requests of one key the same operation`, async () => {
    const key = randomUUID();
    const answers = await requestTogether(
      Array.from({ length: REPEATS }, () => key),
    );
    expect(answers.map(({ status }) => status)).toEqual(
      Array.from({ length: REPEATS }, () => 201),
    );
    const ids = new Set(answers.map(({ body }) => body.id));
    expect(ids.size).toBe(1);
    const [id] = ids;
    expect(await operations.untilEnded(id)).toMatchObject({
      state: 'succeeded',
    });
    // Also later, when it has ended long since.
    const [again] = await requestTogether([key]);
    expect(again.body.id).toBe(id);
  });

  it('keep an audit history whose chain both verify', async () => {
    for (const portal of stage.replicas) {
      const { body } = await stage.api('approver', '/audit-events/chain', {
        portal,
      });
      expect(body.verified).toBe(true);
    }
  });
});
