// Every way of rewriting the history that somebody with the database's
// password has, each on every supported database.
import { TestDatabases, mockServices } from '@backstage/backend-test-utils';
import { Knex } from 'knex';
import { MemoryObjectStore } from '../__testUtils__/MemoryObjectStore';
import { TestClock, migrate } from '../__testUtils__/testStack';
import { AuditLog } from './AuditLog';
import { AuditStore } from './AuditStore';
import { hashOf } from './chain';
import { ChainCheckStore } from './ChainCheckStore';
import { ChainKeeper } from './ChainKeeper';
import { toEvent } from './rows';

jest.setTimeout(60_000);

const databases = TestDatabases.create();
const EVENTS = 12;

/** What an attacker does first. */
async function dropTriggers(knex: Knex): Promise<void> {
  if (knex.client.config.client === 'pg') {
    await knex.raw('alter table audit_events disable trigger all');
  } else {
    await knex.raw('drop trigger audit_events_no_update');
    await knex.raw('drop trigger audit_events_no_delete');
  }
}

/** Makes every hash from an event on right again, head included. */
async function rehash(knex: Knex, fromSeq: number): Promise<void> {
  const rows = await knex('audit_events').orderBy('seq');
  let previous = '';
  for (const row of rows) {
    if (row.seq >= fromSeq) {
      row.hash = hashOf(toEvent(row), previous);
      await knex('audit_events')
        .where({ seq: row.seq })
        .update({ previous_hash: previous, hash: row.hash });
    }
    previous = row.hash;
  }
  await knex('audit_head').update({ seq: rows.length, hash: previous });
}

describe.each(databases.eachSupportedId())(
  'a history on %s that somebody tampered with',
  databaseId => {
    async function create(options: { retentionSeconds?: number } = {}) {
      const knex = await databases.init(databaseId);
      await migrate(knex);
      const clock = new TestClock('2026-11-01T00:00:00Z');
      const parts = { knex, clock: clock.read };
      const store = new AuditStore(parts);
      const logger = mockServices.logger.mock();
      const audit = new AuditLog({
        ...parts,
        store,
        logger,
        auditor: mockServices.auditor.mock({
          createEvent: async () => ({
            success: async () => {},
            fail: async () => {},
          }),
        }),
      });
      const objects = new MemoryObjectStore();
      const alarm = jest.fn(async () => {});
      const checks = new ChainCheckStore(parts);
      const keeper = new ChainKeeper({
        ...parts,
        logger,
        audit,
        checks,
        alarm,
        settings: { anchorAfterSeconds: 60, ...options },
        openStore: async () => objects,
      });
      const append = async (count: number) => {
        for (let index = 0; index < count; index++) {
          await audit.append({
            actor: 'user:default/owner',
            action: 'operation.create',
            databaseId: 'orders',
            outcome: 'accepted',
            sentence: `Request ${index}.`,
          });
        }
      };
      const anchored = async () => {
        await append(EVENTS);
        clock.advance(120);
        expect(await keeper.run()).toMatchObject({
          fault: undefined,
          anchoredSeq: EVENTS,
        });
        await dropTriggers(knex);
      };
      return { knex, clock, objects, alarm, checks, keeper, append, anchored };
    }

    it('is found changed, deleted, inserted or reordered at the first bad event', async () => {
      const { knex, keeper, anchored, alarm } = await create();
      await anchored();
      const pristine = await knex('audit_events')
        .select('*')
        .orderBy('seq')
        .then(rows => rows.map(({ search: _search, ...row }) => row));
      const columns = Object.keys(pristine[0]);
      const attacks: readonly (readonly [
        string,
        number,
        () => Promise<unknown>,
      ])[] = [
        [
          'changed',
          5,
          () => knex('audit_events').where({ seq: 5 }).update({ actor: 'x' }),
        ],
        ['deleted', 4, () => knex('audit_events').where({ seq: 4 }).delete()],
        [
          'deleted at the end',
          12,
          () => knex('audit_events').where({ seq: 12 }).delete(),
        ],
        [
          'inserted at the end',
          13,
          () => knex('audit_events').insert({ ...pristine[11], seq: 13 }),
        ],
        [
          'inserted at the beginning',
          0,
          () => knex('audit_events').insert({ ...pristine[0], seq: 0 }),
        ],
        [
          'inserted in the middle',
          7,
          async () => {
            for (let seq = EVENTS; seq >= 7; seq--) {
              await knex('audit_events')
                .where({ seq })
                .update({ seq: seq + 1 });
            }
            await knex('audit_events').insert({
              ...pristine[6],
              seq: 7,
              actor: 'x',
            });
            await knex('audit_head').update({ seq: EVENTS + 1 });
          },
        ],
        [
          'reordered',
          8,
          async () => {
            await knex('audit_events').where({ seq: 8 }).update({ seq: 99 });
            await knex('audit_events').where({ seq: 9 }).update({ seq: 8 });
            await knex('audit_events').where({ seq: 99 }).update({ seq: 9 });
          },
        ],
        ['truncated', 1, () => knex('audit_events').delete()],
      ];
      const head = await knex('audit_head').first();
      for (const [name, firstBadSeq, attack] of attacks) {
        await attack();
        expect([name, await keeper.verifyNow()]).toEqual([
          name,
          expect.objectContaining({ verified: false, firstBadSeq }),
        ]);
        await knex('audit_events').delete();
        await knex('audit_events').insert(
          pristine.map(row =>
            Object.fromEntries(columns.map(column => [column, row[column]])),
          ),
        );
        await knex('audit_head').update({ seq: head.seq, hash: head.hash });
        expect([name, await keeper.verifyNow()]).toEqual([
          name,
          expect.objectContaining({ verified: true, complete: true }),
        ]);
      }
      expect(alarm).toHaveBeenCalledTimes(attacks.length);
    });

    it('is found rewritten by its anchor, though every hash was made right again', async () => {
      const { knex, keeper, anchored } = await create();
      await anchored();
      await knex('audit_events').where({ seq: 6 }).update({ actor: 'x' });
      await rehash(knex, 6);
      expect(await keeper.verifyNow()).toMatchObject({
        verified: false,
        firstBadSeq: 6,
        reason: expect.stringContaining('rewritten'),
      });
    });

    it('is found truncated by its anchor, though the head was reset too', async () => {
      const { knex, keeper, anchored, append } = await create();
      await anchored();
      await knex('audit_events').delete();
      await knex('audit_head').update({ seq: 0, hash: '' });
      await knex('audit_checks').update({ position_seq: 0, position_hash: '' });
      expect(await keeper.verifyNow()).toMatchObject({
        verified: false,
        firstBadSeq: 1,
      });
      await append(EVENTS + 3);
      expect(await keeper.run()).toMatchObject({ fault: { firstBadSeq: 1 } });
    });

    it('is found cut at the end by its anchor, though the head was moved back', async () => {
      const { knex, keeper, anchored } = await create();
      await anchored();
      await knex('audit_events').where('seq', '>', 9).delete();
      await rehash(knex, 10);
      expect(await keeper.verifyNow()).toMatchObject({
        verified: false,
        firstBadSeq: 10,
      });
    });

    it('is found when its beginning was cut off as if it had been archived', async () => {
      const { knex, keeper, anchored } = await create();
      await anchored();
      const { hash } = await knex('audit_events').where({ seq: 5 }).first();
      await knex('audit_head').update({ base_seq: 5, base_hash: hash });
      await knex('audit_events').where('seq', '<=', 5).delete();
      expect(await keeper.verifyNow()).toMatchObject({
        verified: false,
        firstBadSeq: 1,
        reason: expect.stringContaining('no archive'),
      });
    });

    it('is found when an anchor was replaced or removed', async () => {
      const { objects, keeper, anchored, append, clock } = await create();
      await anchored();
      await append(2);
      clock.advance(120);
      await keeper.run();
      expect(objects.objects.size).toBe(2);
      const [key, first] = [...objects.objects][0];
      await objects.put(key, '{}');
      expect(await keeper.verifyNow()).toMatchObject({
        verified: false,
        reason: expect.stringContaining('no anchor'),
      });
      await objects.put(key, first.body);
      expect(await keeper.verifyNow()).toMatchObject({ verified: true });
    });

    it('stays found while another verification ends that began before, and until somebody passed it again', async () => {
      const { knex, keeper, anchored, checks } = await create();
      await anchored();
      const { actor } = await knex('audit_events').where({ seq: 9 }).first();
      const { hash } = await knex('audit_events').where({ seq: 10 }).first();
      // As if a turn on another replica had gone on behind the place.
      const goOnBehind = () =>
        checks.update(known => ({ ...known, position: { seq: 10, hash } }));
      await knex('audit_events').where({ seq: 9 }).update({ actor: 'x' });
      await keeper.run();
      await goOnBehind();
      expect(await keeper.run()).toMatchObject({ fault: { firstBadSeq: 9 } });

      await knex('audit_events').where({ seq: 9 }).update({ actor });
      await goOnBehind();
      expect(await keeper.verifyNow()).toMatchObject({ verified: true });
      expect((await checks.read()).position.seq).toBe(10);
    });

    it('is verified without its anchors while the repository is away, and says so', async () => {
      const { objects, keeper, anchored } = await create();
      await anchored();
      objects.down = true;
      expect(await keeper.verifyNow()).toMatchObject({
        verified: true,
        anchoredSeq: EVENTS,
        anchorProblem: 'The repository does not answer.',
      });
    });

    it('loses only what was archived, and goes on from there', async () => {
      const { knex, objects, keeper, append, clock, checks } = await create({
        retentionSeconds: 24 * 3600,
      });
      await append(EVENTS);
      clock.advance(120);
      await keeper.run();
      await append(3);
      clock.advance(25 * 3600);
      const check = await keeper.run();
      expect(check.fault).toBeUndefined();
      const left = await knex('audit_events')
        .orderBy('seq')
        .select('seq', 'action');
      expect(left).toEqual([
        { seq: 16, action: 'audit.archive' },
        { seq: 17, action: 'audit.archive' },
      ]);
      const archived = [...objects.objects.keys()].filter(key =>
        key.startsWith('audit/archive/'),
      );
      expect(archived).toEqual([
        'audit/archive/000000000001-000000000012.jsonl',
        'audit/archive/000000000013-000000000015.jsonl',
      ]);
      const lines = objects.objects
        .get(archived[0])!
        .body.toString()
        .trimEnd()
        .split('\n');
      expect(lines.map(line => JSON.parse(line).seq)).toEqual(
        Array.from({ length: EVENTS }, (_, index) => index + 1),
      );
      expect(await keeper.verifyNow()).toMatchObject({
        verified: true,
        complete: true,
        checkedEvents: 2,
        beginsAfterSeq: 15,
      });
      await expect(
        knex('audit_events').where({ seq: 16 }).delete(),
      ).rejects.toMatchObject({
        message: expect.stringContaining('append-only'),
      });
      expect((await checks.read()).fault).toBeUndefined();
    });

    it('keeps a part in the table in which an event was changed behind the verified ones', async () => {
      const { knex, objects, keeper, anchored, alarm, checks, clock } =
        await create({ retentionSeconds: 24 * 3600 });
      await anchored();
      const seqs = () => knex('audit_events').orderBy('seq').pluck('seq');
      const archives = () =>
        [...objects.objects.keys()].filter(key =>
          key.startsWith('audit/archive/'),
        );
      const { hash } = await knex('audit_events').where({ seq: 9 }).first();
      await knex('audit_events')
        .where({ seq: 5 })
        .update({ sentence: 'Nothing happened.' });
      clock.advance(25 * 3600);
      for (const turn of ['first', 'second']) {
        // This turn verifies only what comes after event 9.
        await checks.update(known => ({
          ...known,
          position: { seq: 9, hash },
        }));
        expect([turn, await keeper.run()]).toEqual([
          turn,
          expect.objectContaining({
            fault: {
              firstBadSeq: 5,
              reason: 'Event 5 was changed after it was written.',
            },
            position: { seq: 0, hash: '' },
          }),
        ]);
        expect(await seqs()).toEqual(
          Array.from({ length: EVENTS }, (_, index) => index + 1),
        );
        expect(archives()).toEqual([]);
      }
      expect(alarm).toHaveBeenCalledTimes(1);
      expect(alarm).toHaveBeenCalledWith(
        expect.objectContaining({ firstBadSeq: 5 }),
      );
      await knex('audit_events')
        .where({ seq: 5 })
        .update({ sentence: 'Request 4.' });
      expect(await keeper.run()).toMatchObject({ fault: undefined });
      expect(archives()).toEqual([
        'audit/archive/000000000001-000000000012.jsonl',
      ]);
    });

    it('takes up verification where the last turn ended, and begins again at the end', async () => {
      const { keeper, append, checks, knex } = await create();
      await append(EVENTS);
      const { hash } = await knex('audit_events').where({ seq: 7 }).first();
      await checks.update(() => ({ position: { seq: 7, hash } }));
      await dropTriggers(knex);
      await knex('audit_events').where({ seq: 3 }).update({ actor: 'x' });
      // Event 3 lies before: this turn does not come by it, the next one does.
      expect(await keeper.run()).toMatchObject({
        fault: undefined,
        position: { seq: 0 },
      });
      expect(await keeper.run()).toMatchObject({
        fault: { firstBadSeq: 3 },
        position: { seq: 2 },
      });
    });
  },
);
