import {
  checkSignal,
  criticalSignal,
  healthStatusOf,
  okSignal,
  thresholdSignal,
  unknownSignal,
  warningSignal,
} from './signals';

const facts = (id: string, sentence = id) => ({ id, title: id, sentence });

describe('healthStatusOf', () => {
  it('is down when one signal alone says that the database does not serve', () => {
    expect(
      healthStatusOf([
        unknownSignal(facts('lag')),
        criticalSignal({ ...facts('reachable', 'db-1 refuses'), down: true }),
      ]),
    ).toEqual({ status: 'down', sentence: 'db-1 refuses' });
  });

  it('is unknown when no signal of the engine could be measured, whatever the repository says', () => {
    expect(
      healthStatusOf([
        warningSignal(facts('backup-age')),
        okSignal(facts('repository-reachable')),
        unknownSignal(facts('lag', 'no password')),
      ]),
    ).toEqual({ status: 'unknown', sentence: 'no password' });
  });

  it('is degraded by the worst signal even when another is unknown', () => {
    const status = healthStatusOf([
      unknownSignal(facts('disk')),
      warningSignal(facts('slots', 'slot is far behind')),
      criticalSignal(facts('standby', 'standby is gone')),
    ]);
    expect(status).toEqual({ status: 'degraded', sentence: 'standby is gone' });
  });

  it('is unknown, not healthy, when one signal could not be measured', () => {
    expect(
      healthStatusOf([
        okSignal(facts('a')),
        unknownSignal(facts('b', 'no rights')),
      ]),
    ).toEqual({ status: 'unknown', sentence: 'no rights' });
  });

  it('is healthy when every signal is ok, and unknown when there is none', () => {
    expect(healthStatusOf([okSignal(facts('a'))]).status).toBe('healthy');
    expect(healthStatusOf([]).status).toBe('unknown');
  });
});

describe('thresholdSignal', () => {
  it('judges a value above its bounds and says the bounds with their unit', () => {
    const lag = (value: number) =>
      thresholdSignal(
        { ...facts('lag'), value, unit: 's' },
        { warning: 5, critical: 10 },
      );
    expect([4, 6, 11].map(value => lag(value).status)).toEqual([
      'ok',
      'warning',
      'critical',
    ]);
    expect(lag(1).threshold).toBe('warning above 5 s, critical above 10 s');
  });

  it('judges a value below its bounds where the direction says so', () => {
    const ratio = thresholdSignal(
      { ...facts('hits'), value: 80, unit: '%' },
      { warning: 90, direction: 'below' },
    );
    expect(ratio).toMatchObject({
      status: 'warning',
      threshold: 'warning below 90 %',
    });
  });

  it('is unknown for a value that is not a number', () => {
    const signal = thresholdSignal(
      { ...facts('x'), value: NaN },
      { warning: 1 },
    );
    expect(signal.status).toBe('unknown');
    expect(signal).not.toHaveProperty('value');
  });
});

describe('checkSignal', () => {
  it('turns a throw into unknown with the reason and the member', async () => {
    const found = await checkSignal({
      id: 'lag',
      title: 'Lag',
      member: 'db-2',
      timeoutSeconds: 5,
      check: async () => {
        throw new Error('connection refused');
      },
    });
    expect(found).toMatchObject([
      {
        status: 'unknown',
        member: 'db-2',
        sentence: "'Lag' of db-2 could not be checked: connection refused",
      },
    ]);
  });

  it('turns a check that takes too long into unknown and aborts it', async () => {
    let aborted = false;
    const found = await checkSignal({
      id: 'slow',
      title: 'Slow',
      timeoutSeconds: 0.05,
      check: signal =>
        new Promise(() => {
          signal.addEventListener('abort', () => {
            aborted = true;
          });
        }),
    });
    expect(found[0].sentence).toContain('no answer within 0.05 s');
    expect(aborted).toBe(true);
  });

  it('does not start to wait when the time for all checks is up already', async () => {
    const found = await checkSignal({
      id: 'late',
      title: 'Late',
      timeoutSeconds: 60,
      signal: AbortSignal.abort(),
      check: () => new Promise(() => {}),
    });
    expect(found[0].status).toBe('unknown');
  });

  it('gives every signal of a check that finds several', async () => {
    const found = await checkSignal({
      id: 'many',
      title: 'Many',
      timeoutSeconds: 5,
      check: async () => [okSignal(facts('a')), warningSignal(facts('b'))],
    });
    expect(found.map(signal => signal.id)).toEqual(['a', 'b']);
  });
});
