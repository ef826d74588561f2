import { InDatabase, rowsCheck } from './rowsCheck';

/** A copy whose tables answer with their number of rows, or with an error. */
function copyOf(
  tables: Record<string, Record<string, number | Error>>,
  onCount: () => void = () => {},
): InDatabase {
  return async (database, use) =>
    use(async <TRow extends object>(sql: string) => {
      if (sql.startsWith('SET')) {
        return [];
      }
      const [, name] = /FROM "app"\."(\w+)"/.exec(sql) ?? [];
      if (!name) {
        // The catalog: no limit but the one of time.
        expect(sql).not.toContain('LIMIT');
        return Object.keys(tables[database]).map(each => ({
          schema: 'app',
          name: each,
        })) as TRow[];
      }
      onCount();
      const answer = tables[database][name];
      if (answer instanceof Error) {
        throw answer;
      }
      return [{ count: String(answer) }] as TRow[];
    });
}

const tables = (count: number) =>
  Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`t${index}`, 2]),
  );

describe('the rows of a proof', () => {
  it('are read in every table of every database, however many there are', async () => {
    expect(
      await rowsCheck(
        ['app', 'other'],
        copyOf({ app: tables(30), other: { t: 5 } }),
      ),
    ).toMatchObject({
      status: 'passed',
      value: 65,
      sentence:
        '65 rows were read: all of the 31 tables in 2 databases (app, other).',
    });
  });

  it('are not proved when time ran out: how many of how many were counted is said', async () => {
    let seconds = 0;
    const check = await rowsCheck(
      ['app', 'other'],
      copyOf({ app: tables(10), other: { t: 5 } }, () => {
        seconds += 1_000;
      }),
      () => seconds,
    );
    expect(check).toMatchObject({
      status: 'skipped',
      value: 8,
      sentence:
        '8 rows of 4 of 11 tables in 2 databases (app, other) were read within 3600 s; not counted: app.app.t4, app.app.t5, app.app.t6, app.app.t7, app.app.t8, and 2 more.',
    });
  });

  it('count a table that the server gave up on in time as not counted', async () => {
    const canceled = Object.assign(new Error('canceled'), { code: '57014' });
    expect(
      (await rowsCheck(['app'], copyOf({ app: { slow: canceled, t: 1 } })))
        .sentence,
    ).toContain('1 rows of 1 of 2 tables in database app');
  });

  it('fail and name what cannot be read in a database beside the first', async () => {
    const broken = Object.assign(new Error('invalid page in block 3'), {
      code: 'XX001',
    });
    expect(
      await rowsCheck(
        ['app', 'other'],
        copyOf({ app: { t: 1 }, other: { broken } }),
      ),
    ).toMatchObject({
      status: 'failed',
      sentence:
        '1 of 2 tables in 2 databases (app, other) cannot be read: other.app.broken (invalid page in block 3).',
    });
  });

  it.each([undefined, 'EPIPE', 'ECONNRESET', '57P01'])(
    'say nothing of the tables when the server went away (%s)',
    async code => {
      const gone = Object.assign(new Error('gone'), { code });
      await expect(
        rowsCheck(['app'], copyOf({ app: { gone } })),
      ).rejects.toThrow('gone');
    },
  );
});
