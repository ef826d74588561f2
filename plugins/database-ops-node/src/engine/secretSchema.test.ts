import { z } from 'zod';
import { Secret } from '../secrets/Secret';
import { parseConfig, secretString } from './secretSchema';

const schema = z.strictObject({
  members: z
    .array(z.strictObject({ host: z.string(), port: z.number().int() }))
    .min(1),
  password: secretString(),
  mode: z.enum(['a', 'b']).optional(),
});
const path = 'databaseOps.databases.orders.redis';

describe('parseConfig', () => {
  it('wraps secrets, which then print as [secret]', () => {
    const parsed = parseConfig(
      schema,
      { members: [{ host: 'h', port: 1 }], password: 'hunter2' },
      path,
    );
    expect(parsed.password).toBeInstanceOf(Secret);
    expect(JSON.stringify(parsed)).not.toContain('hunter2');
  });

  it.each([
    [
      { members: [{ host: 'h', port: 'x' }], password: 'p' },
      `${path}.members[0].port: expected number`,
    ],
    [
      { members: [{ host: 'h', port: 'x' }] },
      `${path}.password: expected string`,
    ],
    [
      { members: [], password: 'p' },
      `${path}.members: expected at least 1 items`,
    ],
    [
      { members: [{ host: 'h', port: 1 }], password: 'p', mode: 'c' },
      `${path}.mode: expected one of a, b`,
    ],
    [
      { members: [{ host: 'h', port: 1 }], pasword: 'p', password: 'p' },
      `${path}.pasword: expected no such key`,
    ],
    [undefined, `${path}: expected object`],
  ])(
    'names the full path of the key and what was expected (%#)',
    (raw, sentence) => {
      expect(() => parseConfig(schema, raw, path)).toThrow(sentence);
    },
  );

  it('never repeats the value that it refuses', () => {
    expect(() =>
      parseConfig(
        schema,
        { members: [{ host: 's3cr3t-value' }], password: 7777 },
        path,
      ),
    ).toThrow(
      expect.not.objectContaining({
        message: expect.stringMatching(/s3cr3t|7777/),
      }),
    );
  });
});
