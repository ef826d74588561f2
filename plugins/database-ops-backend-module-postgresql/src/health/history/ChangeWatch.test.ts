import { ChangeWatch } from './ChangeWatch';

const HOUR = 3_600_000;

function watch() {
  let now = 0;
  return {
    changes: new ChangeWatch(() => now),
    pass: (milliseconds: number) => {
      now += milliseconds;
    },
  };
}

const timeline = (value: number) =>
  ({ ok: true, value: [{ timeline: value }] }) as const;
const settings = (values: Record<string, string>) =>
  ({
    ok: true,
    value: Object.entries(values).map(([name, setting]) => ({ name, setting })),
  }) as const;
const refused = { ok: false, reason: 'permission denied' } as const;

describe('ChangeWatch', () => {
  it('warns of another primary for an hour, with both sides', () => {
    const { changes, pass } = watch();
    expect(changes.failover('pg-1', timeline(1)).status).toBe('ok');
    pass(30_000);
    expect(changes.failover('pg-2', timeline(2))).toMatchObject({
      status: 'warning',
      sentence: expect.stringMatching(
        /pg-2 \(timeline 2\) is primary in place of pg-1 \(timeline 1\)/,
      ),
    });
    pass(HOUR - 1);
    expect(changes.failover('pg-2', timeline(2)).status).toBe('warning');
    pass(1);
    expect(changes.failover('pg-2', timeline(2)).status).toBe('ok');
  });

  it('notices a new timeline of the same primary', () => {
    const { changes } = watch();
    changes.failover('pg-1', timeline(1));
    expect(changes.failover('pg-1', timeline(2)).sentence).toMatch(
      /from timeline 1 to 2/,
    );
  });

  it('forgets nothing while it cannot ask', () => {
    const { changes } = watch();
    changes.failover('pg-1', timeline(1));
    expect(changes.failover('pg-1', refused).status).toBe('unknown');
    expect(changes.failover('pg-2', timeline(1)).status).toBe('warning');
  });

  it('names a changed setting with its old and its new value', () => {
    const { changes, pass } = watch();
    changes.configuration('pg-1', settings({ work_mem: '4096', port: '5432' }));
    pass(5_000);
    const changed = changes.configuration(
      'pg-1',
      settings({ work_mem: '65536', port: '5432' }),
    );
    expect(changed.status).toBe('ok');
    expect(changed.sentence).toBe(
      'pg-1 changed work_mem from 4096 to 65536, 0 s ago.',
    );
  });

  it('does not compare the settings of two members', () => {
    const { changes } = watch();
    changes.configuration('pg-1', settings({ port: '5432' }));
    expect(
      changes.configuration('pg-2', settings({ port: '5433' })).sentence,
    ).not.toMatch(/changed port/);
  });
});
