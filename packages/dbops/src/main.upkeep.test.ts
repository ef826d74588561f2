import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXIT } from './exitCodes';
import { main } from './main';
import { Answer, FakePortal, SeenRequest } from './testing/FakePortal';
import { RecordingTerminal } from './testing/RecordingTerminal';

const API = '/api/database-ops';

const session = {
  sessionId: 'pg-1.4711.1763892000000000',
  member: 'pg-1',
  username: 'app',
  application: 'shop',
  databaseName: 'orders',
  state: 'active',
  text: 'SELECT * FROM orders WHERE id = $1',
  startedAt: '2026-11-23T10:00:00.000000Z',
  seconds: 90,
  blockedBy: ['pg-1.4712.1763892000000001'],
  cancellable: true,
};

describe('dbops on maintenance, statements, sessions and paused copies', () => {
  let folder: string;
  let portal: FakePortal;
  let terminal: RecordingTerminal;

  async function run(
    answers: Record<string, (request: SeenRequest) => Answer>,
    ...args: string[]
  ) {
    portal = await FakePortal.start(
      Object.fromEntries(
        Object.entries(answers).map(([route, answer]) => {
          const [method, path] = route.split(' ');
          return [`${method} ${API}${path}`, answer];
        }),
      ),
    );
    terminal = new RecordingTerminal({
      DBOPS_URL: portal.url,
      DBOPS_TOKEN: 'a.b.c',
      XDG_CONFIG_HOME: folder,
    });
    return main(args, terminal);
  }

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dbops-test-'));
  });

  afterEach(async () => {
    await portal.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('shows the preview of maintenance and starts nothing without --run', async () => {
    const exit = await run(
      {
        'GET /databases/orders/maintenance-preview': () => ({
          body: {
            action: 'vacuum',
            sentence: '1 of 2 on pg-1 needs it.',
            items: [
              {
                object: 'app.events',
                sizeBytes: 2048,
                reason: '900 dead rows.',
                suggested: true,
                command: 'VACUUM (ANALYZE) app.events',
              },
            ],
          },
        }),
      },
      'maintain',
      'orders',
      'vacuum',
    );
    expect(exit).toBe(EXIT.ok);
    expect(terminal.outLines.join('\n')).toContain('1 of 2 on pg-1 needs it.');
    expect(terminal.outLines.join('\n')).toContain(
      'VACUUM (ANALYZE) app.events',
    );
    expect(portal.requests.map(({ method }) => method)).toEqual(['GET']);
  });

  it('starts maintenance of what is named with --run', async () => {
    const exit = await run(
      {
        'POST /operations': () => ({
          status: 201,
          body: {
            id: 'op-1',
            databaseId: 'orders',
            kind: 'maintain',
            state: 'queued',
          },
        }),
      },
      ...['maintain', 'orders', 'reindex', '--run'],
      ...['--object', 'app.events_pkey', '--object', 'app."Other"'],
    );
    expect(exit).toBe(EXIT.ok);
    expect(portal.requests[0].body).toEqual({
      databaseId: 'orders',
      kind: 'maintain',
      parameters: {
        action: 'reindex',
        objects: ['app.events_pkey', 'app."Other"'],
      },
    });
  });

  it('says why no statements are seen, and leaves with unknown', async () => {
    const exit = await run(
      {
        'GET /databases/orders/statements': () => ({
          body: {
            state: 'unavailable',
            sentence: 'CREATE EXTENSION pg_stat_statements first.',
            items: [],
          },
        }),
      },
      'statements',
      'orders',
    );
    expect(exit).toBe(EXIT.unknown);
    expect(terminal.outLines.join('\n')).toContain('CREATE EXTENSION');
  });

  it('refuses a limit that is no number', async () => {
    expect(await run({}, 'statements', 'orders', '--limit', 'many')).toBe(
      EXIT.usage,
    );
    expect(portal.requests).toEqual([]);
  });

  it('lists sessions with those that they wait for', async () => {
    const exit = await run(
      {
        'GET /databases/orders/sessions': () => ({
          body: {
            state: 'available',
            sentence: '1 session runs.',
            items: [session],
          },
        }),
      },
      'sessions',
      'orders',
    );
    expect(exit).toBe(EXIT.ok);
    expect(terminal.outLines.join('\n')).toContain(session.blockedBy[0]);
    expect(terminal.outLines.join('\n')).toContain('90.0 s');
  });

  it('cancels a session with a reason only, and tells a cancellation that did not work by its exit code', async () => {
    const path = `POST /databases/orders/sessions/${session.sessionId}/cancellation`;
    const cancel = ['sessions', 'cancel', 'orders', session.sessionId];
    expect(await run({}, ...cancel)).toBe(EXIT.usage);
    await portal.stop();
    const exit = await run(
      {
        [path]: () => ({
          body: {
            sessionId: session.sessionId,
            outcome: 'still-running',
            sentence: 'It still ran 5 s later.',
          },
        }),
      },
      ...cancel,
      '--reason',
      'It holds everybody up',
    );
    expect(exit).toBe(EXIT.operationFailed);
    expect(portal.requests[0].body).toEqual({
      reason: 'It holds everybody up',
    });
  });

  it('prints what a paused copy answers, nulls apart from empty texts', async () => {
    const exit = await run(
      {
        'POST /restored-instances/op-1/queries': () => ({
          body: {
            columns: [
              { name: 'id', type: 'integer' },
              { name: 'note', type: 'text' },
            ],
            rows: [['7', null]],
            truncated: false,
            rowLimit: 200,
            seconds: 0.01,
            sentence: '1 row.',
          },
        }),
      },
      'query',
      'op-1',
      'SELECT * FROM notes',
    );
    expect(exit).toBe(EXIT.ok);
    expect(terminal.outLines.join('\n')).toContain('(null)');
    expect(terminal.outLines.join('\n')).toContain('1 row.');
    expect(portal.requests[0].body).toEqual({
      statement: 'SELECT * FROM notes',
    });
  });
});
