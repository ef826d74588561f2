import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXIT } from './exitCodes';
import { main } from './main';
import { Answer, FakePortal, SeenRequest } from './testing/FakePortal';
import { RecordingTerminal } from './testing/RecordingTerminal';

const API = '/api/database-ops';

const proof = (state: string) => ({
  id: 'op-1',
  databaseId: 'orders',
  operationId: 'op-1',
  depth: 'restore',
  state,
  sentence: `The proof is ${state}.`,
  startedAt: '2026-11-23T04:00:00.000Z',
  endedAt: '2026-11-23T04:10:00.000Z',
  checks: [],
});

const operation = (overrides: object) => ({
  id: 'op-1',
  databaseId: 'orders',
  kind: 'verify',
  state: 'succeeded',
  parameters: {},
  requestedBy: 'user:default/owner',
  requestedAt: '2026-11-23T10:00:00.000Z',
  version: 1,
  ...overrides,
});

const verifiable = {
  id: 'orders',
  title: 'orders',
  engine: 'postgresql',
  status: 'healthy',
  sentence: 'Healthy.',
  freshness: { state: 'kept', sentence: 'Kept.' },
  members: [],
  capabilities: {
    verbs: ['verify'],
    backupTypes: [],
    restoreKinds: [],
    verificationDepths: [
      { id: 'repository', title: 'Repository', description: '' },
      { id: 'restore', title: 'Restore', description: '' },
    ],
  },
};

const HASH = 'a'.repeat(64);

describe('dbops on proofs, moments, approvals and paused queues', () => {
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

  it.each([
    ['proved', EXIT.ok],
    ['partial', EXIT.operationFailed],
    ['failed', EXIT.operationFailed],
  ])('a verification that ended %s leaves with %d', async (state, exitCode) => {
    expect(
      await run(
        {
          'GET /databases/orders': () => ({ body: verifiable }),
          'POST /operations': () => ({ status: 201, body: operation({}) }),
          'GET /operations/op-1': () => ({ body: operation({}) }),
          'GET /operations/op-1/events': () => ({
            body: { items: [], lastSeq: 0 },
          }),
          'GET /databases/orders/proofs': () => ({
            body: { items: [proof(state)], totalItems: 1 },
          }),
        },
        ...['verify', 'orders', '--depth', 'restore', '--wait'],
      ),
    ).toBe(exitCode);
    const request = portal.requests.find(({ method }) => method === 'POST');
    expect(request?.body).toEqual({
      databaseId: 'orders',
      kind: 'verify',
      parameters: { depth: 'restore' },
    });
    expect(terminal.errLines.join('\n')).toContain(`The proof is ${state}.`);
  });

  it('names the depths that there are', async () => {
    expect(
      await run(
        { 'GET /databases/orders': () => ({ body: verifiable }) },
        ...['verify', 'orders', '--depth', 'deep'],
      ),
    ).toBe(EXIT.usage);
    expect(terminal.errLines.join('\n')).toContain('repository, restore');
  });

  it('names the nearest moments when one cannot be reached', async () => {
    expect(
      await run(
        {
          'GET /databases/orders/reachability': () => ({
            body: {
              reachable: false,
              sentence: 'It lies in a gap.',
              nearest: [{ time: '2026-11-23T09:00:00Z' }],
            },
          }),
        },
        ...['reachable', 'orders', '--time', '2026-11-23T09:10:00Z'],
      ),
    ).toBe(EXIT.error);
    expect(terminal.outLines).toEqual([
      'It lies in a gap.',
      '  nearest that can: 2026-11-23 09:00:00 UTC',
    ]);
  });

  it('restores one moment, not two', async () => {
    expect(
      await run(
        {},
        ...['restore', 'orders', '--latest', '--time', '2026-11-23T09:10:00Z'],
      ),
    ).toBe(EXIT.usage);
    expect(portal.requests).toEqual([]);
  });

  it('restores onto the source only when that is said and the name is typed', async () => {
    const inPlace = ['restore', 'orders', '--latest', '--in-place'];
    expect(await run({}, ...inPlace)).toBe(EXIT.usage);
    expect(portal.requests).toEqual([]);
    expect(terminal.errLines.join('\n')).toContain(
      "replaces the data of 'orders' itself",
    );
    await portal.stop();
    expect(
      await run(
        {
          'GET /databases/orders': () => ({ body: verifiable }),
          'POST /operations': () => ({ status: 201, body: operation({}) }),
        },
        ...[...inPlace, '--confirm', 'orders'],
      ),
    ).toBe(EXIT.ok);
    expect(
      portal.requests.find(({ method }) => method === 'POST')?.body,
    ).toEqual({
      databaseId: 'orders',
      kind: 'restore',
      confirmation: 'orders',
      parameters: { kind: 'latest', mode: 'in-place' },
    });
  });

  it('puts a source back only when its name is typed', async () => {
    expect(
      await run(
        {
          'GET /restored-instances/op-1': () => ({
            body: { id: 'op-1', databaseId: 'orders', mode: 'in-place' },
          }),
        },
        ...['discard', 'op-1'],
      ),
    ).toBe(EXIT.usage);
    expect(terminal.errLines.join('\n')).toContain('--confirm orders');
    expect(portal.requests.map(({ method }) => method)).toEqual(['GET']);
    await portal.stop();
    for (const kind of ['discard', 'promote']) {
      const routes = {
        'GET /restored-instances/op-1': () => ({
          body: { id: 'op-1', databaseId: 'orders', mode: 'in-place' },
        }),
        'POST /operations': () => ({ status: 201, body: operation({}) }),
      };
      expect(await run(routes, kind, 'op-1', '--confirm', 'orders')).toBe(
        EXIT.ok,
      );
      expect(portal.requests.at(-1)?.body).toEqual({
        databaseId: 'orders',
        kind,
        confirmation: 'orders',
        parameters: { restoredInstanceId: 'op-1' },
      });
      await portal.stop();
    }
  });

  it('approves nothing that was not read: the hash is needed', async () => {
    expect(await run({}, 'approve', 'op-1')).toBe(EXIT.usage);
    expect(portal.requests).toEqual([]);
    expect(terminal.errLines.join('\n')).toContain('dbops approval op-1');
  });

  it('overrides with the hash and a reason', async () => {
    expect(
      await run(
        {
          'POST /operations/op-1/approval': () => ({
            body: {
              operationId: 'op-1',
              databaseId: 'orders',
              state: 'overridden',
              subject: {},
              subjectHash: HASH,
              requestedBy: 'user:default/owner',
              requestedAt: '2026-11-23T10:00:00Z',
              approvers: ['group:default/dba'],
              expiresAt: '2026-11-23T14:00:00Z',
              mayApprove: false,
              mayOverride: false,
            },
          }),
        },
        ...['override', 'op-1', '--hash', HASH, '--reason', 'nobody is awake'],
      ),
    ).toBe(EXIT.ok);
    expect(portal.requests[0].body).toEqual({
      decision: 'override',
      subjectHash: HASH,
      reason: 'nobody is awake',
    });
  });

  it('pauses a queue for a duration and refuses what is none', async () => {
    const body = {
      scope: 'orders',
      reason: 'upgrade',
      startedBy: 'user:default/owner',
      startedAt: '2026-11-23T10:00:00Z',
      until: '2026-11-23T12:00:00Z',
    };
    expect(
      await run(
        { 'PUT /maintenance-modes/orders': () => ({ body }) },
        ...['pause', 'orders', '--reason', 'upgrade', '--for', 'PT2H'],
      ),
    ).toBe(EXIT.ok);
    const { until } = portal.requests[0].body as { until: string };
    expect(Date.parse(until) - Date.now()).toBeGreaterThan(7_190_000);
    await portal.stop();
    expect(
      await run({}, 'pause', 'orders', '--reason', 'x', '--for', '2 hours'),
    ).toBe(EXIT.usage);
  });
});
