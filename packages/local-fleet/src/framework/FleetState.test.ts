import { createServer } from 'node:net';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FleetState, isFree } from './FleetState';
import { claimPort } from './portClaims';

describe('FleetState', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fleet-state-'));
  });

  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  it('gives every name a port of its own, also when asked at the same time', async () => {
    const state = new FleetState(folder, join(folder, 'claims'));
    const names = Array.from({ length: 40 }, (_, index) => `member-${index}`);
    const ports = await Promise.all(names.map(name => state.port(name)));
    expect(new Set(ports).size).toBe(names.length);
  });

  it('gives no port that another fleet drew, although nothing listens on it yet, until that one is gone', async () => {
    const claims = join(folder, 'claims');
    const fleets = ['one', 'other'].map(name => join(folder, name));
    await Promise.all(fleets.map(each => mkdir(each)));
    const names = Array.from({ length: 300 }, (_, index) => `member-${index}`);
    const ports = await Promise.all(
      fleets.flatMap(each => {
        const state = new FleetState(each, claims);
        return names.map(name => state.port(name));
      }),
    );
    expect(new Set(ports).size).toBe(2 * names.length);

    const [port] = ports;
    expect(await claimPort(port, fleets[1], claims)).toBe(false);
    await rm(fleets[0], { recursive: true });
    // Given up now, free the next time.
    expect(await claimPort(port, fleets[1], claims)).toBe(false);
    expect(await claimPort(port, fleets[1], claims)).toBe(true);
  });

  it('remembers ports and groups for whoever opens the folder next', async () => {
    const state = new FleetState(folder, join(folder, 'claims'));
    const port = await state.port('member');
    await state.rememberGroups(['s3']);
    await state.rememberGroups(['s3', 'redis']);
    const next = new FleetState(folder, join(folder, 'claims'));
    expect(await next.port('member')).toBe(port);
    expect(await next.groups()).toEqual(['s3', 'redis']);
  });

  it('sees that a port is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    expect(await isFree(port)).toBe(false);
    server.close();
    await once(server, 'close');
    expect(await isFree(port)).toBe(true);
  });
});
