import { endOf, WorkerEnd } from './outcome';

function ended(code: string, cancelled: boolean, known: Partial<WorkerEnd>) {
  const { to, failure } = endOf({
    verdict: {
      type: 'error',
      cancelled,
      failure: { cause: `It is ${code}.`, nextStep: 'Look.', code },
    } as WorkerEnd['verdict'],
    reason: 'it was stopped',
    object: 'orders',
    ...known,
  });
  return `${to} ${failure?.code}`;
}

const BY_ANA = { cancelRequestedBy: 'user:default/ana' };
const TOO_LONG = {
  stoppedFor: { reason: 'timeout', afterSeconds: 60 },
} as const;

describe('the end of an operation', () => {
  it.each(['source-not-back', 'source-kept-aside'])(
    'tells that a source is not back (%s), whoever stopped it',
    code => {
      expect(ended(code, false, {})).toBe(`failed ${code}`);
      expect(ended(code, false, BY_ANA)).toBe(`failed ${code}`);
      expect(ended(code, false, TOO_LONG)).toBe(`failed ${code}`);
    },
  );

  it('tells of a cancelled restore in place that the source is back', () => {
    expect(ended('in-place-undone', true, BY_ANA)).toBe(
      'cancelled in-place-undone',
    );
  });

  it('is that of who stopped it otherwise', () => {
    expect(ended('cancelled', true, BY_ANA)).toBe('cancelled undefined');
    expect(ended('time-out', false, TOO_LONG)).toBe('failed timeout');
  });
});
