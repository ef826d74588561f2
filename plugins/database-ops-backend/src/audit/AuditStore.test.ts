import { TestDatabaseId, TestDatabases } from '@backstage/backend-test-utils';
import { Knex } from 'knex';
import { migrate } from '../__testUtils__/testStack';
import { AuditStore } from './AuditStore';
import { AuditEntry, canonicalJson } from './chain';
import { exportLines } from './exportEvents';
import { verifyChain } from './verifyChain';

jest.setTimeout(60_000);

const databases = TestDatabases.create();

const entry = (index: number, databaseId = 'orders'): AuditEntry => ({
  actor: 'user:default/owner',
  action: 'operation.create',
  databaseId,
  operationId: `operation-${index}`,
  outcome: 'accepted',
  sentence: `Request ${index}, 100 % of it.`,
  details: { b: index, a: { y: [1, null], x: 'ä' } },
});

/** The driver's errors are of another realm than the test's `Error`. */
const appendOnly = { message: expect.stringContaining('append-only') };

const verify = (knex: Knex) => verifyChain({ knex, until: () => false });

describe.each(databases.eachSupportedId())(
  'the audit chain on %s',
  databaseId => {
    async function create(id: TestDatabaseId) {
      const knex = await databases.init(id);
      await migrate(knex);
      const store = new AuditStore({ knex, clock: () => new Date() });
      const append = (item: AuditEntry) =>
        knex.transaction(trx => store.append(trx, item));
      return { knex, store, append };
    }

    it('has no gap and verifies after 40 concurrent writers, of which some roll back', async () => {
      const { knex, store, append } = await create(databaseId);
      const outcomes = await Promise.allSettled(
        Array.from({ length: 40 }, (_, index) =>
          index % 4 === 0
            ? knex.transaction(async trx => {
                await store.append(trx, entry(index));
                throw new Error('rolled back');
              })
            : append(entry(index)),
        ),
      );
      expect(
        outcomes.filter(({ status }) => status === 'rejected'),
      ).toHaveLength(10);
      expect(await verify(knex)).toMatchObject({
        complete: true,
        checkedEvents: 30,
      });
      const { items } = await store.list({ limit: 100 });
      expect(items.map(({ seq }) => seq)).toEqual(
        Array.from({ length: 30 }, (_, i) => 30 - i),
      );
    });

    it('stays verifiable whatever text a denied caller sends', async () => {
      const { knex, store, append } = await create(databaseId);
      const texts = [
        '\ud800',
        'nul\0nul',
        'x'.repeat(300),
        `${'x'.repeat(254)}😀`,
        `${'x'.repeat(35)}😀`,
      ];
      for (const text of texts) {
        await append({
          actor: `service:${text}`,
          action: 'operation.create',
          databaseId: text,
          operationId: text,
          outcome: 'denied',
          sentence: `Somebody tried to start a backup of database '${text}'.`,
          details: { kind: text, [text]: [text, { deep: text }, 1, null] },
        });
      }
      expect(await verify(knex)).toMatchObject({
        complete: true,
        checkedEvents: texts.length,
      });
      const { items } = await store.list({});
      expect(items[4]).toMatchObject({
        databaseId: '\uFFFD',
        details: { kind: '\uFFFD' },
      });
      expect(items[3]).toMatchObject({ operationId: 'nul\uFFFDnul' });
      expect(items[2]).toMatchObject({
        databaseId: 'x'.repeat(255),
        operationId: 'x'.repeat(36),
      });
      expect(items[1].databaseId).toBe(`${'x'.repeat(254)}\uFFFD`);
    });

    it('refuses to be changed or emptied', async () => {
      const { knex, append } = await create(databaseId);
      for (const index of [1, 2, 3]) {
        await append(entry(index));
      }
      await expect(
        knex('audit_events').where({ seq: 2 }).update({ actor: 'x' }),
      ).rejects.toMatchObject(appendOnly);
      await expect(
        knex('audit_events').where({ seq: 2 }).delete(),
      ).rejects.toMatchObject(appendOnly);
      await expect(knex('audit_events').truncate()).rejects.toMatchObject(
        appendOnly,
      );
      expect(await verify(knex)).toMatchObject({
        complete: true,
        checkedEvents: 3,
      });
    });

    it('lists by filter and words, in pages without overlap', async () => {
      const { store, append } = await create(databaseId);
      for (let index = 1; index <= 7; index++) {
        await append(entry(index, index === 4 ? 'parcels' : 'orders'));
      }
      const first = await store.list({ databaseIds: ['orders'], limit: 4 });
      expect(first.items.map(({ seq }) => seq)).toEqual([7, 6, 5, 3]);
      expect(first).toMatchObject({ totalItems: 6, totalIsCapped: false });
      const second = await store.list({
        databaseIds: ['orders'],
        limit: 4,
        cursor: first.nextCursor,
      });
      expect(second.items.map(({ seq }) => seq)).toEqual([2, 1]);
      expect(second.nextCursor).toBeUndefined();
      expect(
        (await store.list({ text: 'PARCELS request' })).items,
      ).toHaveLength(1);
      expect((await store.list({ text: '100 %' })).items).toHaveLength(7);
      expect((await store.list({ text: "don't" })).items).toHaveLength(0);
      expect((await store.list({ text: '_%' })).items).toHaveLength(0);
      expect((await store.list({ text: 'operation-1?' })).items).toHaveLength(
        1,
      );
      expect(
        (
          await store.list({
            text: 'operation-3 OWNER user:default/owner requ*',
          })
        ).items.map(({ seq }) => seq),
      ).toEqual([3]);
      expect((await store.list({ databaseIds: [] })).items).toHaveLength(0);
      await expect(store.list({ cursor: 'bm9uZQ' })).rejects.toThrow(
        'start again without a cursor',
      );
    });

    it('finds words in any part of a long history, for readers of some databases, and never counts far', async () => {
      const { knex, store } = await create(databaseId);
      // Written past the chain: what is looked at is the search alone.
      const total = 9000;
      const rows = Array.from({ length: total }, (_, index) => ({
        seq: index + 1,
        at: '2026-11-24T00:00:00.000Z',
        actor: index % 9 === 0 ? 'user:default/ada' : 'schedule:orders/nightly',
        action: 'operation.create',
        database_id: `database-${index % 3}`,
        operation_id: `operation-${index}`,
        outcome: index % 1000 === 3 ? 'denied' : 'accepted',
        sentence: index === 2 ? 'A rare cafebabe occurrence.' : 'Requested.',
        details: '{}',
        previous_hash: '',
        hash: '',
      }));
      await knex.batchInsert('audit_events', rows, 90);
      await knex('audit_head').update({ seq: total });
      const find = async (filter: Parameters<typeof store.list>[0]) =>
        (await store.list(filter)).items.map(({ seq }) => seq);

      const newest = await store.list({ text: 'ada', limit: 3 });
      expect(newest.items.map(({ seq }) => seq)).toEqual([8992, 8983, 8974]);
      expect(newest.totalIsCapped).toBe(newest.totalItems < 1000);
      expect(
        await find({ text: 'ada', limit: 2, cursor: newest.nextCursor }),
      ).toEqual([8965, 8956]);
      expect(await find({ text: 'rare' })).toEqual([3]);
      expect(
        await find({ text: 'cafebabe', databaseIds: ['database-2'] }),
      ).toEqual([3]);
      expect(await find({ text: 'rare', databaseIds: ['database-1'] })).toEqual(
        [],
      );
      expect(
        await find({
          text: 'rare',
          databaseIds: ['database-1'],
          databaseId: 'database-2',
        }),
      ).toEqual([]);
      expect(await find({ text: 'requested', outcome: 'denied' })).toEqual([
        8004, 7004, 6004, 5004, 4004, 3004, 2004, 1004, 4,
      ]);
      expect(
        await find({
          text: 'requested',
          outcome: 'denied',
          databaseId: 'database-1',
        }),
      ).toEqual([7004, 4004, 1004]);
      const seen = new Set<number>();
      for await (const { seq } of store.stream({
        text: 'requ* nightly',
        databaseIds: ['database-1', 'database-2'],
      })) {
        seen.add(seq);
      }
      expect(seen.size).toBe(5999);
    });

    it('exports every event asked for, and nothing that a spreadsheet would calculate', async () => {
      const { store, append } = await create(databaseId);
      for (let index = 1; index <= 1203; index++) {
        await append(entry(index, index % 3 === 0 ? 'parcels' : 'orders'));
      }
      await append({
        ...entry(9),
        actor: '=HYPERLINK("http://x")',
        sentence: '@"a",b',
      });
      const text = async (format: 'csv' | 'jsonl') => {
        let all = '';
        for await (const chunk of exportLines(
          store.stream({ databaseIds: ['orders'] }),
          format,
        )) {
          all += chunk;
        }
        return all;
      };
      const lines = (await text('jsonl')).trimEnd().split('\n');
      expect(lines).toHaveLength(803);
      expect(JSON.parse(lines[802])).toMatchObject({
        seq: 1,
        details: { a: { x: 'ä' } },
      });
      const rows = (await text('csv')).trimEnd().split('\r\n');
      expect(rows).toHaveLength(804);
      expect(rows[0]).toMatch(/^seq,at,actor,.*,hash$/);
      expect(rows[1]).toContain(`"'=HYPERLINK(""http://x"")"`);
      expect(rows[1]).toContain(`"'@""a"",b"`);
    });
  },
);

describe('canonicalJson', () => {
  it('gives one text for one content, whatever the order of keys', () => {
    expect(canonicalJson({ b: 1, a: [{ d: undefined, c: null }] })).toBe(
      '{"a":[{"c":null}],"b":1}',
    );
    expect(canonicalJson({ a: [{ c: null }], b: 1 })).toBe(
      '{"a":[{"c":null}],"b":1}',
    );
  });
});
