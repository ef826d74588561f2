// The ways around a second person that somebody could try, and that none of
// them gets through. A worker that started is the proof that one did.
import request from 'supertest';
import {
  TestDatabases,
  mockCredentials,
  mockServices,
} from '@backstage/backend-test-utils';
import { Entity } from '@backstage/catalog-model';
import { AuthorizeResult } from '@backstage/plugin-permission-common';
import { Approval, Operation } from 'backstage-plugin-database-ops-common';
import { Knex } from 'knex';
import { eventually } from '../__testUtils__/eventually';
import {
  PolicyQuestion,
  TestPortal,
  startTestPortal,
} from '../__testUtils__/startTestPortal';
import { testBackup, testInventory } from '../__testUtils__/testEngine';

jest.setTimeout(120_000);

const databases = TestDatabases.create({ ids: ['SQLITE_3'] });

const OWNER = 'user:default/owner';
const BOSS = 'user:default/boss';
const DUTY = 'user:default/duty';
const TWIN = 'user:default/owner-admin';
const STRANGER = 'user:default/stranger';

function person(
  name: string,
  groups: readonly string[],
  email: string,
): Entity {
  return {
    apiVersion: 'backstage.io/v1alpha1',
    kind: 'User',
    metadata: { name, namespace: 'default' },
    spec: { profile: { email } },
    relations: groups.map(group => ({
      type: 'memberOf',
      targetRef: `group:default/${group}`,
    })),
  };
}

const ENTITIES = [
  person('owner', ['team'], 'o.wner@example.com'),
  person('owner-admin', ['approvers'], 'O.Wner@example.com'),
  person('boss', ['approvers'], 'boss@example.com'),
  person('duty', ['duty'], 'duty@example.com'),
  person('stranger', ['team'], 'stranger@example.com'),
];

const groupsOf = (userRef: string) =>
  ENTITIES.filter(({ metadata }) => userRef === `user:default/${metadata.name}`)
    .flatMap(({ relations = [] }) => relations)
    .map(({ targetRef }) => targetRef);

const policy = (approvers: string[]) => ({
  objectives: { rpo: 'PT1H' },
  schedules: {},
  approvals: [
    {
      kinds: ['restore', 'discard', 'backup'],
      approvers,
      expiresAfter: 'PT1H',
      emergency: ['group:default/duty'],
    },
  ],
});

describe('an operation that needs a second person', () => {
  let knex: Knex;
  let portal: TestPortal;
  let key = 0;
  /** Permissions that the portal's policy denies, as `user permission`. */
  const denied = new Set<string>();

  beforeAll(async () => {
    knex = await databases.init('SQLITE_3');
    portal = await startTestPortal({
      knex,
      entities: ENTITIES,
      features: [
        mockServices.userInfo.mock({
          getUserInfo: async ({ principal }: { principal: unknown }) => {
            const { userEntityRef } = principal as { userEntityRef: string };
            return {
              userEntityRef,
              ownershipEntityRefs: [userEntityRef, ...groupsOf(userEntityRef)],
            };
          },
        }).factory,
      ],
      config: {
        policies: {
          standard: policy(['group:default/approvers']),
          other: policy(['user:default/stranger']),
        },
        databases: Object.fromEntries(
          [
            ['orders', 'standard'],
            ['parcels', 'other'],
          ].map(([id, name]) => [
            id,
            {
              engine: 'test',
              repository: 'main',
              policy: name,
              entity: `resource:default/${id}`,
              test: { host: '127.0.0.1' },
            },
          ]),
        ),
        services: [
          {
            subject: 'external:night-shift',
            databases: ['orders'],
            kinds: ['restore', 'backup', 'discard'],
          },
        ],
      },
      decide: ({ permission, userEntityRef }: PolicyQuestion) => ({
        result: denied.has(`${userEntityRef} ${permission.name}`)
          ? AuthorizeResult.DENY
          : AuthorizeResult.ALLOW,
      }),
    });
    for (const databaseId of ['orders', 'parcels']) {
      await putInventory(databaseId, 'backup-1');
    }
  });

  afterAll(() => portal.backend.stop());

  async function putInventory(databaseId: string, ...ids: string[]) {
    const inventory = testInventory(
      databaseId,
      ids.map((id, index) => ({
        ...testBackup(databaseId, id),
        stoppedAt: `2026-11-20T0${9 - index}:00:00.000Z`,
      })),
    );
    await knex('inventories')
      .insert({
        database_id: databaseId,
        observed_at: inventory.observedAt,
        read_at: inventory.observedAt,
        data: JSON.stringify(inventory),
      })
      .onConflict('database_id')
      .merge();
    for (const backup of inventory.backups) {
      await knex('backups')
        .insert({
          database_id: databaseId,
          id: backup.id,
          type: backup.type,
          started_at: backup.startedAt,
          stopped_at: backup.stoppedAt,
          state: 'present',
          data: JSON.stringify(backup),
        })
        .onConflict(['database_id', 'id'])
        .merge();
    }
  }

  const url = (path: string) => `/api/database-ops${path}`;
  const header = (who: string) =>
    who.startsWith('user:')
      ? mockCredentials.user.header(who)
      : mockCredentials.service.header({
          onBehalfOf: mockCredentials.service(who),
          targetPluginId: 'database-ops',
        });
  const get = (path: string, who = OWNER) =>
    request(portal.address).get(url(path)).set('authorization', header(who));
  const post = (path: string, who: string, body: object) => {
    key += 1;
    return request(portal.address)
      .post(url(path))
      .set('authorization', header(who))
      .set('idempotency-key', `key-number-${key}`)
      .send(body);
  };
  const read = async (id: string): Promise<Operation> =>
    (await get(`/operations/${id}`)).body;
  const restore = async (who = OWNER, databaseId = 'orders') => {
    const answer = await post('/operations', who, {
      databaseId,
      kind: 'restore',
      parameters: { kind: 'latest' },
      confirmation: databaseId,
      reason: 'The table is gone.',
    });
    expect([answer.status, answer.body.state]).toEqual([
      201,
      'awaiting-approval',
    ]);
    return answer.body as Operation;
  };
  const approval = async (id: string, who = BOSS): Promise<Approval> =>
    (await get(`/operations/${id}/approval`, who)).body;
  const decide = async (
    id: string,
    who: string,
    decision: string,
    more: object = {},
  ) =>
    post(`/operations/${id}/approval`, who, {
      decision,
      subjectHash: (await approval(id)).subjectHash,
      ...more,
    });
  const started = (id: string) => portal.executor.workers.has(id);
  const lastEvent = async () => {
    const { items } = (await get('/audit-events?limit=1')).body;
    return items[0];
  };
  async function stayedOut(
    id: string,
    attempt: { readonly action: string; readonly outcome?: string },
  ) {
    expect(await lastEvent()).toMatchObject({
      operationId: id,
      outcome: 'denied',
      ...attempt,
    });
    expect((await read(id)).state).toBe('awaiting-approval');
    expect(started(id)).toBe(false);
  }
  async function endsUnstarted(id: string, cause: string) {
    const failed = await eventually(
      () => read(id),
      ({ state }) => state === 'failed',
    );
    expect(failed.failure?.cause).toContain(cause);
    expect(started(id)).toBe(false);
  }
  /** Decides while nothing is claimed, so that something can happen in between. */
  async function approvedButNotClaimed(
    id: string,
    between: () => Promise<unknown>,
  ) {
    await knex('operations')
      .where({ id })
      .update({ placement_host: 'nowhere' });
    await knex('approvals')
      .where({ operation_id: id })
      .update({ subject_hash: (await approval(id)).subjectHash });
    expect((await decide(id, BOSS, 'approve')).status).toBe(200);
    await between();
    await knex('operations').where({ id }).update({ placement_host: null });
  }

  afterEach(async () => {
    denied.clear();
    const { items } = (await get('/operations?limit=100')).body;
    for (const { id, state } of items as Operation[]) {
      if (['awaiting-approval', 'queued', 'running'].includes(state)) {
        await post(`/operations/${id}/cancellation`, OWNER, {});
        await eventually(
          async () => (await read(id)).state,
          now => now === 'cancelled',
        );
      }
    }
  });

  it('runs exactly what was approved: the newest backup of then, not of now', async () => {
    const { id, parameters } = await restore();
    expect(parameters).toMatchObject({ kind: 'backup', backupId: 'backup-1' });
    const asked = await approval(id);
    expect(asked).toMatchObject({
      state: 'pending',
      requestedBy: OWNER,
      mayApprove: true,
      mayOverride: false,
      reason: 'The table is gone.',
      subject: { operationId: id, target: { backupId: 'backup-1' } },
      subjectSentence: expect.stringContaining("from backup 'backup-1'"),
    });
    expect(await approval(id, OWNER)).toMatchObject({ mayApprove: false });
    expect(
      (await get('/operations?approval=pending')).body.items.map(
        (item: Operation) => item.id,
      ),
    ).toEqual([id]);
    await putInventory('orders', 'backup-2', 'backup-1');
    const answer = await decide(id, BOSS, 'approve');
    expect(answer.body).toMatchObject({ state: 'approved', decidedBy: BOSS });
    await eventually(async () => started(id), Boolean);
    expect(portal.executor.workers.get(id)?.spec.parameters).toEqual(
      parameters,
    );
    expect((await read(id)).approval).toMatchObject({ state: 'approved' });
    const { items } = (await get('/audit-events?text=approved')).body;
    expect(items[0]).toMatchObject({
      actor: BOSS,
      action: 'operation.approve',
      details: {
        subjectHash: asked.subjectHash,
        before: { state: 'awaiting-approval' },
        after: { state: 'queued', parameters: { backupId: 'backup-1' } },
      },
    });
  });

  it('1: is not approved by who requested it', async () => {
    denied.add('nobody');
    const { id } = await restore(BOSS);
    const answer = await decide(id, BOSS, 'approve');
    expect(answer.status).toBe(403);
    expect(answer.body.error.message).toContain('requested this yourself');
    await stayedOut(id, { action: 'operation.approve' });
  });

  it('2: is not approved by a second account of the same person', async () => {
    const { id } = await restore();
    const answer = await decide(id, TWIN, 'approve');
    expect(answer.status).toBe(403);
    expect(answer.body.error.message).toContain('requested this yourself');
    await stayedOut(id, { action: 'operation.approve' });
  });

  it('3: does not run with parameters changed after the approval', async () => {
    const { id } = await restore();
    await approvedButNotClaimed(id, () =>
      knex('operations')
        .where({ id })
        .update({
          parameters: JSON.stringify({ kind: 'backup', backupId: 'backup-2' }),
        }),
    );
    await endsUnstarted(id, 'is not what was approved');
    expect(started(id)).toBe(false);
  });

  it('4: does not run on an approval of another operation', async () => {
    const first = await restore();
    const { subjectHash } = await approval(first.id);
    await decide(first.id, BOSS, 'approve');
    await eventually(async () => started(first.id), Boolean);
    await post(`/operations/${first.id}/cancellation`, OWNER, {});
    await eventually(
      () => read(first.id),
      ({ state }) => state === 'cancelled',
    );
    const second = await restore();
    // The very same request: and yet another operation.
    expect((await approval(second.id)).subjectHash).not.toBe(subjectHash);
    const replayed = await decide(second.id, BOSS, 'approve', { subjectHash });
    expect(replayed.status).toBe(409);
    await stayedOut(second.id, {
      action: 'operation.approve',
      outcome: 'failed',
    });
    // Even with a database's password: the row of the one copied to the other.
    const [row] = await knex('approvals').where({ operation_id: first.id });
    await knex('approvals')
      .where({ operation_id: second.id })
      .update({ ...row, operation_id: second.id });
    await knex('operations')
      .where({ id: second.id })
      .update({ state: 'queued' });
    await endsUnstarted(second.id, 'is not what was approved');
  });

  it('5: is not approved after its time, and expires', async () => {
    const { id } = await restore();
    await knex('approvals')
      .where({ operation_id: id })
      .update({ expires_at: '2026-01-01T00:00:00.000Z' });
    const answer = await decide(id, BOSS, 'approve');
    expect([409, 403]).toContain(answer.status);
    const expired = await eventually(
      () => read(id),
      ({ state }) => state === 'expired',
      20,
    );
    expect(expired.approval).toMatchObject({ state: 'expired' });
    expect(started(id)).toBe(false);
    expect((await decide(id, BOSS, 'approve')).status).toBe(409);
  });

  it('6: does not run when the approver lost the right before it began', async () => {
    const { id } = await restore();
    const boss = ENTITIES.find(({ metadata }) => metadata.name === 'boss')!;
    const { relations } = boss;
    await approvedButNotClaimed(id, async () => {
      boss.relations = [];
    });
    try {
      await endsUnstarted(id, 'may not approve any more');
    } finally {
      boss.relations = relations;
    }
    expect(started(id)).toBe(false);
  });

  it('6b: is not approved without the permission', async () => {
    const { id } = await restore();
    denied.add(`${BOSS} database-ops.database.approve`);
    denied.add(`${BOSS} database-ops.database.restore`);
    expect((await decide(id, BOSS, 'approve')).status).toBe(403);
    await stayedOut(id, { action: 'operation.approve' });
  });

  it("7: is not approved by another database's approver", async () => {
    const { id } = await restore();
    const answer = await decide(id, STRANGER, 'approve');
    expect(answer.status).toBe(403);
    expect(answer.body.error.message).toContain('does not name you');
    await stayedOut(id, { action: 'operation.approve' });
  });

  it('8: is not made with a state or an approval of its own', async () => {
    for (const extra of [
      { state: 'queued' },
      { approval: { state: 'approved' } },
      { requestedBy: 'schedule:orders/nightly' },
    ]) {
      const answer = await post('/operations', OWNER, {
        databaseId: 'orders',
        kind: 'restore',
        confirmation: 'orders',
        ...extra,
      });
      expect(answer.status).toBe(400);
    }
    // A row put straight into the queue with a database's password.
    const { id } = await restore();
    await knex('approvals').where({ operation_id: id }).delete();
    await knex('operations').where({ id }).update({ state: 'queued' });
    await endsUnstarted(id, 'nobody was asked');
  });

  it('8b: does not run on a row that says approved when the history holds no approval', async () => {
    const { id } = await restore();
    await knex('approvals').where({ operation_id: id }).update({
      state: 'approved',
      decided_by: BOSS,
      decided_at: new Date().toISOString(),
    });
    await knex('operations').where({ id }).update({ state: 'queued' });
    await endsUnstarted(id, 'audit history holds no approval');
    expect(started(id)).toBe(false);
  });

  it('9: is neither approved by a service nor free for one', async () => {
    const { id } = await restore('external:night-shift');
    for (const decision of ['approve', 'override', 'reject']) {
      const answer = await decide(id, 'external:night-shift', decision, {
        reason: 'Because I am allowed to restore.',
      });
      expect(answer.status).toBe(403);
      await stayedOut(id, { action: `operation.${decision}` });
    }
  });

  it('9b: is not approved by a service that acts for an approver', async () => {
    const { id } = await restore();
    const answer = await request(portal.address)
      .post(url(`/operations/${id}/approval`))
      .set(
        'authorization',
        `Bearer ${mockCredentials.user.token(BOSS, {
          actor: { subject: 'plugin:scaffolder' },
        })}`,
      )
      .send({
        decision: 'approve',
        subjectHash: (await approval(id)).subjectHash,
      });
    expect(answer.status).toBe(403);
    await stayedOut(id, { action: 'operation.approve' });
  });

  it('10: is decided once, however many decide at the same time', async () => {
    const { id } = await restore();
    const { subjectHash } = await approval(id);
    const answers = await Promise.all(
      ['approve', 'reject', 'approve', 'reject'].map(decision =>
        post(`/operations/${id}/approval`, BOSS, {
          decision,
          subjectHash,
          reason: 'Not now.',
        }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([
      200, 409, 409, 409,
    ]);
    const winner = answers.find(({ status }) => status === 200)!.body;
    const { state } = await eventually(
      () => read(id),
      now => now.state !== 'awaiting-approval',
    );
    expect(state === 'rejected').toBe(winner.state === 'rejected');
    expect((await decide(id, BOSS, 'approve')).status).toBe(409);
  });

  it('11: is not approved after it was cancelled', async () => {
    const { id } = await restore();
    await post(`/operations/${id}/cancellation`, OWNER, {});
    expect((await decide(id, BOSS, 'approve')).status).toBe(409);
    expect((await approval(id)).state).toBe('withdrawn');
    expect((await read(id)).state).toBe('cancelled');
    expect(started(id)).toBe(false);
  });

  it('12: is not approved by a hash that somebody made up', async () => {
    const { id } = await restore();
    const answer = await decide(id, BOSS, 'approve', {
      subjectHash: 'f'.repeat(64),
    });
    expect(answer.status).toBe(409);
    await stayedOut(id, { action: 'operation.approve', outcome: 'failed' });
  });

  it('13: needs approval again when it is retried', async () => {
    const { id } = await restore();
    await decide(id, BOSS, 'approve');
    await eventually(async () => started(id), Boolean);
    portal.executor.end(id);
    await eventually(
      () => read(id),
      ({ state }) => state === 'interrupted',
    );
    const again = await post(`/operations/${id}/retry`, OWNER, {
      confirmation: 'orders',
    });
    expect(again.body).toMatchObject({
      retryOf: id,
      state: 'awaiting-approval',
    });
    expect(started(again.body.id)).toBe(false);
  });

  it('goes ahead in an emergency for whom the policy names, with a reason, and is reviewed by another', async () => {
    const { id } = await restore(DUTY);
    expect(
      (await decide(id, OWNER, 'override', { reason: 'I want it now.' }))
        .status,
    ).toBe(403);
    expect(
      (await decide(id, DUTY, 'override', { reason: 'asap' })).status,
    ).toBe(400);
    const reason = 'Orders are lost every minute, nobody answers.';
    const answer = await decide(id, DUTY, 'override', { reason });
    expect(answer.body).toMatchObject({
      state: 'overridden',
      decisionReason: reason,
    });
    await eventually(async () => started(id), Boolean);
    const unreviewed = async () =>
      (await get('/operations?approval=unreviewed')).body.items.map(
        (item: Operation) => item.id,
      );
    expect(await unreviewed()).toEqual([id]);
    const review = (who: string) =>
      post(`/operations/${id}/review`, who, { note: 'It was right to.' });
    expect((await review(DUTY)).status).toBe(403);
    expect((await review(BOSS)).body).toMatchObject({ reviewedBy: BOSS });
    expect((await review(BOSS)).status).toBe(409);
    expect(await unreviewed()).toEqual([]);
  });

  it('is rejected with a reason, which the requester reads', async () => {
    const { id } = await restore();
    expect((await decide(id, BOSS, 'reject')).status).toBe(400);
    await decide(id, BOSS, 'reject', { reason: 'Use the replica instead.' });
    expect(await read(id)).toMatchObject({
      state: 'rejected',
      approval: { state: 'rejected', decidedBy: BOSS },
    });
    expect((await approval(id, OWNER)).decisionReason).toBe(
      'Use the replica instead.',
    );
  });
});
