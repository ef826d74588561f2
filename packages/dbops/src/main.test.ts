import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXIT } from './exitCodes';
import { main } from './main';
import { Answer, FakePortal, SeenRequest } from './testing/FakePortal';
import { RecordingTerminal } from './testing/RecordingTerminal';

const API = '/api/database-ops';

const database = (id: string, status: string, sentence: string) => ({
  id,
  title: id,
  engine: 'postgresql',
  status,
  sentence,
  freshness: { state: 'kept', sentence: 'Kept.' },
  members: [],
  capabilities: {
    verbs: ['backup', 'restore'],
    backupTypes: [{ id: 'full', title: 'Full', description: 'Everything' }],
    restoreKinds: [],
  },
});

const operation = (overrides: object) => ({
  id: 'op-1',
  databaseId: 'orders',
  kind: 'backup',
  state: 'queued',
  parameters: {},
  requestedBy: 'user:default/owner',
  requestedAt: '2026-11-23T10:00:00.000Z',
  version: 1,
  ...overrides,
});

describe('dbops', () => {
  let folder: string;
  let portal: FakePortal | undefined;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dbops-test-'));
  });

  afterEach(async () => {
    await portal?.stop();
    portal = undefined;
    await rm(folder, { recursive: true, force: true });
  });

  async function startPortal(
    answers: Record<string, (request: SeenRequest) => Answer>,
  ) {
    portal = await FakePortal.start(answers);
    return portal;
  }

  function terminalFor(url: string, stdin?: string) {
    return new RecordingTerminal(
      { XDG_CONFIG_HOME: folder, DBOPS_URL: url, DBOPS_TOKEN: 'a.b.c' },
      stdin,
    );
  }

  it('keeps the token of a login in a file that only its owner reads', async () => {
    const { url, requests } = await startPortal({
      'GET /api/auth/demo/refresh': () => ({
        body: { backstageIdentity: { token: 'token-of-owner' } },
      }),
      [`GET ${API}/databases`]: () => ({ body: { items: [], totalItems: 0 } }),
    });
    const terminal = new RecordingTerminal({ XDG_CONFIG_HOME: folder });

    expect(
      await main(['--url', url, 'login', '--demo', 'owner'], terminal),
    ).toBe(EXIT.ok);

    expect(requests[0].headers['x-demo-role']).toBe('owner');
    const file = join(folder, 'dbops', 'session.json');
    expect((await stat(file)).mode % 0o1000).toBe(0o600);
    expect(JSON.parse(await readFile(file, 'utf8')).token).toBe(
      'token-of-owner',
    );
    expect(terminal.errLines.join()).not.toContain('token-of-owner');
  });

  it('prints databases and leaves with the code of the worst status', async () => {
    const { url } = await startPortal({
      [`GET ${API}/databases`]: () => ({
        body: {
          items: [
            database('orders', 'down', 'fleet-pg-1 refuses connections.'),
            database('events', 'degraded', 'A broker is missing.'),
          ],
          totalItems: 2,
        },
      }),
    });
    const terminal = terminalFor(url);

    expect(await main(['status'], terminal)).toBe(EXIT.down);
    expect(terminal.outLines[1]).toMatch(/^orders .*down .*fleet-pg-1/);
  });

  it('prints only JSON on standard output when asked to', async () => {
    const { url } = await startPortal({
      [`GET ${API}/databases`]: () => ({
        body: { items: [database('a', 'healthy', 'Healthy.')], totalItems: 1 },
      }),
    });
    const terminal = terminalFor(url);

    expect(await main(['--output', 'json', 'status'], terminal)).toBe(EXIT.ok);
    expect(JSON.parse(terminal.outLines.join('\n'))[0].id).toBe('a');
  });

  it('requests a backup with the first type of the engine and an idempotency key', async () => {
    const { url, requests } = await startPortal({
      [`GET ${API}/databases/orders`]: () => ({
        body: database('orders', 'healthy', 'Healthy.'),
      }),
      [`POST ${API}/operations`]: () => ({ status: 201, body: operation({}) }),
    });

    expect(await main(['backup', 'orders'], terminalFor(url))).toBe(EXIT.ok);

    const sent = requests.find(({ method }) => method === 'POST');
    expect(sent?.body).toEqual({
      databaseId: 'orders',
      kind: 'backup',
      parameters: { type: 'full' },
    });
    expect(sent?.headers['idempotency-key']).toMatch(/^[0-9a-f-]{36}$/);
    expect(sent?.headers.authorization).toBe('Bearer a.b.c');
  });

  it('requests the rotation of a credential by its role', async () => {
    const { url, requests } = await startPortal({
      [`POST ${API}/operations`]: () => ({
        status: 201,
        body: operation({ kind: 'rotate' }),
      }),
    });
    expect(
      await main(
        ['rotate', '--database', 'orders', '--role', 'monitoring'],
        terminalFor(url),
      ),
    ).toBe(EXIT.ok);
    expect(requests.find(({ method }) => method === 'POST')?.body).toEqual({
      databaseId: 'orders',
      kind: 'rotate',
      parameters: { role: 'monitoring' },
    });
  });

  it('follows an operation to its failure and says cause and next step', async () => {
    const { url } = await startPortal({
      [`GET ${API}/databases/orders`]: () => ({
        body: database('orders', 'healthy', 'Healthy.'),
      }),
      [`POST ${API}/operations`]: () => ({ status: 201, body: operation({}) }),
      [`GET ${API}/operations/op-1`]: () => ({
        body: operation({
          state: 'failed',
          failure: { cause: 'The bucket is gone.', nextStep: 'Create it.' },
        }),
      }),
      [`GET ${API}/operations/op-1/events`]: () => ({
        body: { items: [], lastSeq: 0 },
      }),
    });
    const terminal = terminalFor(url);

    expect(await main(['backup', 'orders', '--wait'], terminal)).toBe(
      EXIT.operationFailed,
    );
    expect(terminal.outLines.join('\n')).toContain('The bucket is gone.');
    expect(terminal.outLines.join('\n')).toContain('Create it.');
  });

  it("restores only when the database's name is typed", async () => {
    const { url, requests } = await startPortal({});
    const terminal = terminalFor(url);

    expect(
      await main(['restore', 'orders', '--latest', '--confirm', 'x'], terminal),
    ).toBe(EXIT.usage);
    expect(terminal.errLines.join()).toContain('--confirm orders');
    expect(requests).toEqual([]);
  });

  it('says what to do when no portal answers', async () => {
    const terminal = terminalFor('http://127.0.0.1:9');

    expect(await main(['status'], terminal)).toBe(EXIT.unreachable);
    expect(terminal.errLines.join()).toMatch(/127\.0\.0\.1:9 .*npm run demo/);
  });

  it('repeats the reason of a refusal and leaves with its own code', async () => {
    const { url } = await startPortal({
      [`GET ${API}/databases/orders`]: () => ({
        body: database('orders', 'healthy', 'Healthy.'),
      }),
      [`POST ${API}/operations`]: () => ({
        status: 403,
        body: {
          error: {
            name: 'NotAllowedError',
            message: 'You may not back up orders.',
          },
        },
      }),
    });
    const terminal = terminalFor(url);

    expect(await main(['backup', 'orders'], terminal)).toBe(EXIT.denied);
    expect(terminal.errLines.join()).toContain('You may not back up orders.');
  });

  it('asks for a login when nobody is signed in', async () => {
    const terminal = new RecordingTerminal({ XDG_CONFIG_HOME: folder });

    expect(await main(['status'], terminal)).toBe(EXIT.denied);
    expect(terminal.errLines.join()).toContain('dbops login');
  });

  it('lists its exit codes in the help, and calls unknown commands wrong use', async () => {
    const terminal = new RecordingTerminal({});
    expect(await main(['--help'], terminal)).toBe(EXIT.ok);
    expect(terminal.outLines.join('\n')).toContain('Exit codes');
    expect(await main(['explode'], terminal)).toBe(EXIT.usage);
  });

  it('fails on a missed objective, and shows how long it was kept', async () => {
    const objective = (state: string) => ({
      state,
      sentence: `It is ${state}.`,
      periods: [
        {
          days: 30,
          keptSeconds: 15 * 86_400,
          missedSeconds: 0,
          unknownSeconds: 15 * 86_400,
        },
      ],
    });
    let rpo = 'kept';
    const { url } = await startPortal({
      [`GET ${API}/databases/orders/objectives`]: () => ({
        body: {
          databaseId: 'orders',
          rpo: objective(rpo),
          rto: objective('kept'),
        },
      }),
    });
    const terminal = terminalFor(url);
    expect(await main(['objectives', 'orders'], terminal)).toBe(EXIT.ok);
    expect(terminal.outLines.join('\n')).toContain(
      'last 30 d: kept 50.0 %, missed 0.0 %, unknown 50.0 %',
    );
    rpo = 'unknown';
    expect(await main(['objectives', 'orders'], terminalFor(url))).toBe(
      EXIT.unknown,
    );
    rpo = 'missed';
    expect(await main(['objectives', 'orders'], terminalFor(url))).toBe(
      EXIT.error,
    );
  });
});
