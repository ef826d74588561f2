import { readProof } from './readProof';

const operation = { id: 'op-1', databaseId: 'orders' };

const written = {
  depth: 'restore',
  state: 'proved',
  sentence: 'Restored and checked.',
  startedAt: '2026-11-23T04:00:00Z',
  endedAt: '2026-11-23T04:10:00Z',
  checks: [
    { id: 'starts', title: 'Starts', status: 'passed', sentence: 'It did.' },
  ],
};

describe('readProof', () => {
  it('names the operation and its database, whatever the worker wrote there', () => {
    expect(
      readProof({ ...written, id: 'x', databaseId: 'another' }, operation),
    ).toMatchObject({ id: 'op-1', operationId: 'op-1', databaseId: 'orders' });
  });

  it.each([
    ['no check', []],
    [
      'a skipped check',
      [{ ...written.checks[0], title: 'Amcheck', status: 'skipped' }],
    ],
    [
      'a failed check',
      [{ ...written.checks[0], title: 'Amcheck', status: 'failed' }],
    ],
  ])('refuses a proof that rests on %s', (_name, checks) => {
    expect(() => readProof({ ...written, checks }, operation)).toThrow(
      /says proved, but .*(no check|'Amcheck')/,
    );
  });

  it('refuses what is no proof and names what was expected', () => {
    expect(() => readProof({ ...written, endedAt: 'soon' }, operation)).toThrow(
      /endedAt/,
    );
    expect(() => readProof(undefined, operation)).toThrow(/op-1/);
  });
});
