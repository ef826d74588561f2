import { withoutValues } from './withoutValues';

describe('withoutValues', () => {
  it.each([
    ['SELECT * FROM a WHERE id = $1', 'SELECT * FROM a WHERE id = $1'],
    [
      "select name from t1 where x = 'secret'",
      'select name from t1 where x = ?',
    ],
    ["SELECT E'it\\'s secret', 2", 'SELECT ?, ?'],
    ["SELECT 'it''s secret' FROM t2", 'SELECT ? FROM t2'],
    ['SELECT $tag$ secret $tag$ AS x', 'SELECT ? AS x'],
    ['SELECT $$secret$$', 'SELECT ?'],
    ['SELECT 1.5e10, .5, col2 FROM "t 3"', 'SELECT ?, ?, col2 FROM "t 3"'],
    ['SELECT /* secret */ 1 -- secret', 'SELECT ?'],
    [
      "WITH a AS (SELECT 'secret') SELECT * FROM a",
      'WITH a AS (SELECT ?) SELECT * FROM a',
    ],
    ["SELECT 'never closed secret", 'SELECT ?'],
    ['SELECT /* never closed secret', 'SELECT'],
    ["SELECT interval '1 day', $1", 'SELECT interval ?, $1'],
  ])('keeps the shape of %s', (text, expected) => {
    expect(withoutValues(text)).toBe(expected);
  });

  it.each([
    ["ALTER ROLE app PASSWORD 'secret'", 'ALTER …'],
    [
      "/* x */ CREATE USER MAPPING FOR app OPTIONS (password 'secret')",
      'CREATE …',
    ],
    ["SET app.key = 'secret'", 'SET …'],
    ['', '…'],
  ])('shows only the first word of %s', (text, expected) => {
    expect(withoutValues(text)).toBe(expected);
  });

  it('cuts what is too long to be read', () => {
    const long = withoutValues(`SELECT ${'column_name, '.repeat(1000)} last`);
    expect(long.length).toBeLessThan(5_100);
    expect(long.endsWith(' …')).toBe(true);
  });
});
