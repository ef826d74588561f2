// The ways around a second person that somebody could try, and that none of
// them gets through. A worker that started is the proof that one did.
import { mockCredentials } from '@backstage/backend-test-utils';
import { eventually } from '../__testUtils__/eventually';
import {
  OWNER,
  BOSS,
  TWIN,
  STRANGER,
  ENTITIES,
  approvalStage,
} from './__testUtils__/approvalStage';

jest.setTimeout(120_000);

describe('a way around the second person', () => {
  const {
    approval,
    approvedButNotClaimed,
    decide,
    denied,
    endsUnstarted,
    executor,
    knex,
    post,
    read,
    restore,
    send,
    started,
    stayedOut,
  } = approvalStage();

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
    const { subjectHash } = await approval(id);
    const answer = await send(
      `/operations/${id}/approval`,
      `Bearer ${mockCredentials.user.token(BOSS, {
        actor: { subject: 'plugin:scaffolder' },
      })}`,
      { decision: 'approve', subjectHash },
    );
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
    executor.end(id);
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

  it('14: does not promote an instance that was moved to another moment after it was requested', async () => {
    await knex('restored_instances').insert({
      id: 'instance',
      database_id: 'orders',
      operation_id: 'instance',
      backup_id: 'backup-1',
      moment: JSON.stringify({ time: '2026-11-21T10:00:00.000Z' }),
      state: 'paused',
      host: executor.host,
      directory: '/restored',
      created_at: '2026-11-21T11:00:00.000Z',
      expires_at: '2099-01-01T00:00:00.000Z',
      connection: '{}',
      facts: '{}',
    });
    const promote = async () => {
      const answer = await post('/operations', OWNER, {
        databaseId: 'orders',
        kind: 'promote',
        parameters: { restoredInstanceId: 'instance' },
        confirmation: 'orders',
        reason: 'The table is there at ten.',
      });
      expect(answer.body.state).toBe('awaiting-approval');
      return answer.body.id as string;
    };
    const atTen = await promote();
    const { body: advance } = await post('/operations', OWNER, {
      databaseId: 'orders',
      kind: 'advance',
      parameters: {
        restoredInstanceId: 'instance',
        kind: 'time',
        time: '2026-11-21T10:30:00.000Z',
      },
    });
    await eventually(async () => started(advance.id), Boolean);
    executor.end(advance.id, {
      type: 'result',
      data: {
        restoredInstance: {
          state: 'paused',
          moment: { time: '2026-11-21T10:30:00.000Z' },
        },
      },
    });
    await eventually(
      () => read(advance.id),
      ({ state }) => state === 'succeeded',
    );
    expect((await decide(atTen, BOSS, 'approve')).status).toBe(200);
    await endsUnstarted(atTen, 'moment changed since it was requested');
    // As it is now it can be approved, and runs.
    const atHalfPast = await promote();
    await decide(atHalfPast, BOSS, 'approve');
    await eventually(async () => started(atHalfPast), Boolean);
  });

  it('14b: does not restore when the source is another system by then', async () => {
    const { id } = await restore();
    const [{ data }] = await knex('inventories').where({
      database_id: 'orders',
    });
    await approvedButNotClaimed(id, async () => {
      await knex('inventories')
        .where({ database_id: 'orders' })
        .update({
          data: JSON.stringify({
            ...JSON.parse(data),
            systemId: '7000000000000000002',
          }),
        });
    });
    try {
      await endsUnstarted(id, 'systemId changed since it was requested');
    } finally {
      await knex('inventories')
        .where({ database_id: 'orders' })
        .update({ data });
    }
  });
});
