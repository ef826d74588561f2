import { createServer, Server } from 'node:http';
import { AddressInfo } from 'node:net';
import { judgeHighAvailability, maySwitch } from './highAvailability';
import { RunningSource } from './sourceFacts';

const SOURCE: RunningSource = {
  member: { name: 'pg-1', host: '127.0.0.1', port: 5432 },
  dataDirectory: '/data',
  configurationFile: '/data/postgresql.conf',
  port: 5432,
  archiveMode: 'on',
  archivingFails: false,
  synchronousStandbyNames: '',
  systemIdentifier: '1',
  timeline: 1,
  files: [],
  standbys: [],
  slots: [],
  patroniSessions: 0,
};
const MEMBERS = [
  { name: 'pg-1', role: 'leader', state: 'running', timeline: 1 },
  { name: 'pg-2', role: 'replica', state: 'streaming', timeline: 1, lag: 0 },
];

describe('whether something could promote a standby', () => {
  let server: Server;
  let url: string;
  let answer: { readonly status: number; readonly body: unknown };

  beforeAll(async () => {
    server = createServer((request, response) => {
      const found = request.url === '/cluster';
      response.writeHead(found ? answer.status : 404);
      response.end(JSON.stringify(answer.body));
    });
    await new Promise<void>(resolve => {
      server.listen(0, '127.0.0.1', resolve);
    });
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });

  afterAll(
    () =>
      new Promise(resolve => {
        server.close(resolve);
      }),
  );

  const ask = () => judgeHighAvailability({ patroni: { url } }, SOURCE);

  it('is answered by Patroni: a paused cluster promotes nobody', async () => {
    answer = {
      status: 200,
      body: { members: MEMBERS, scope: 'orders', pause: true },
    };
    const judged = await ask();
    expect(judged.state).toBe('paused');
    expect(judged.sentence).toContain("'orders' (pg-1: leader, pg-2: replica)");
    expect(maySwitch(judged)).toBe(true);
  });

  it.each([
    ['says nothing of a pause', { members: MEMBERS, scope: 'orders' }],
    ['was resumed', { members: MEMBERS, pause: false }],
  ])('holds for a cluster that %s', async (_what, body) => {
    answer = { status: 200, body };
    const judged = await ask();
    expect(judged).toMatchObject({
      state: 'could-promote',
      sentence: expect.stringContaining('patronictl pause'),
    });
    expect(maySwitch(judged)).toBe(false);
  });

  it.each([
    ['an error', 503, {}],
    ['something else', 200, { members: 'none' }],
  ])('is not known when it answers with %s', async (_what, status, body) => {
    answer = { status, body };
    const judged = await ask();
    expect(judged.state).toBe('unknown');
    expect(maySwitch(judged)).toBe(false);
  });

  it('holds without an address while Patroni has sessions on the source', async () => {
    const judged = await judgeHighAvailability(undefined, {
      ...SOURCE,
      patroniSessions: 2,
    });
    expect(judged.sentence).toContain('highAvailability.patroni.url');
    expect(maySwitch(judged)).toBe(false);
  });

  it('is for a person to say where standbys follow and no manager is known', async () => {
    const judged = await judgeHighAvailability(undefined, {
      ...SOURCE,
      standbys: [{ name: 'pg-2', address: '10.0.0.2', state: 'streaming' }],
    });
    expect(judged.sentence).toContain('1 standby follows');
    expect(judged.sentence).toContain('pause it by hand');
    expect(maySwitch(judged)).toBe(true);
  });
});
