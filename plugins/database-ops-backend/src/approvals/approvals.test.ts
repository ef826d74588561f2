import { Operation } from 'backstage-plugin-database-ops-common';
import { eventually } from '../__testUtils__/eventually';
import {
  OWNER,
  BOSS,
  DUTY,
  approvalStage,
} from './__testUtils__/approvalStage';

jest.setTimeout(120_000);

describe('an operation that needs a second person', () => {
  const {
    approval,
    decide,
    executor,
    get,
    knex,
    post,
    putInventory,
    read,
    restore,
    started,
  } = approvalStage();

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
    expect(executor.workers.get(id)?.spec.parameters).toEqual(parameters);
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

  it('goes ahead in an emergency with a promotion, of exactly the instance that was asked for', async () => {
    await knex('restored_instances').insert({
      id: 'copy',
      database_id: 'orders',
      operation_id: 'copy',
      backup_id: 'backup-1',
      state: 'running',
      host: executor.host,
      directory: '/restored',
      created_at: '2026-11-21T11:00:00.000Z',
      expires_at: '2099-01-01T00:00:00.000Z',
      connection: '{}',
      facts: '{}',
    });
    const { body: promote } = await post('/operations', DUTY, {
      databaseId: 'orders',
      kind: 'promote',
      parameters: { restoredInstanceId: 'copy' },
      confirmation: 'orders',
      reason: 'The source is lost.',
    });
    expect(promote.state).toBe('awaiting-approval');
    const reason = 'The source is lost and nobody answers.';
    expect(
      (await decide(promote.id, OWNER, 'override', { reason })).status,
    ).toBe(403);
    expect(started(promote.id)).toBe(false);
    expect(
      (await decide(promote.id, DUTY, 'override', { reason })).body,
    ).toMatchObject({ state: 'overridden', decisionReason: reason });
    await eventually(async () => started(promote.id), Boolean);
    expect(executor.workers.get(promote.id)?.spec).toMatchObject({
      kind: 'promote',
      restoredInstance: { restoredInstanceId: 'copy' },
    });
    const { items } = (await get('/audit-events?text=override')).body;
    expect(items[0]).toMatchObject({ actor: DUTY, operationId: promote.id });
  });

  it('goes ahead in an emergency with an expire, of exactly the backups that were asked for', async () => {
    await putInventory('orders', 'backup-3', 'backup-2', 'backup-1');
    const { body: expire } = await post('/operations', DUTY, {
      databaseId: 'orders',
      kind: 'expire',
      reason: 'The repository is full and archiving stops.',
    });
    expect(expire).toMatchObject({
      state: 'awaiting-approval',
      parameters: { remove: ['backup-1', 'backup-2'], keep: ['backup-3'] },
    });
    expect(await approval(expire.id)).toMatchObject({
      subject: { kind: 'expire', parameters: expire.parameters },
      mayOverride: false,
    });
    const reason = 'The log fills the disk and nobody answers.';
    expect(
      (await decide(expire.id, OWNER, 'override', { reason })).status,
    ).toBe(403);
    expect(started(expire.id)).toBe(false);
    expect((await approval(expire.id, DUTY)).mayOverride).toBe(true);
    await putInventory('orders', 'backup-4', 'backup-3', 'backup-2');
    expect(
      (await decide(expire.id, DUTY, 'override', { reason })).body,
    ).toMatchObject({ state: 'overridden', decisionReason: reason });
    await eventually(async () => started(expire.id), Boolean);
    expect(executor.workers.get(expire.id)?.spec).toMatchObject({
      kind: 'expire',
      parameters: expire.parameters,
    });
    const { items } = (await get('/audit-events?text=override')).body;
    expect(items[0]).toMatchObject({ actor: DUTY, operationId: expire.id });
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
