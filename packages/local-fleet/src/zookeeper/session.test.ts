import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Server, createServer } from 'node:tls';
import { once } from 'node:events';
import { LocalFleetContext } from '../framework/LocalFleetContext';
import { FleetContext } from '../framework/types';
import { withZooKeeper } from './session';

/** What a server answers to a connection: length, protocol, time-out, session id, password. */
function connectResponse(): Buffer {
  const body = Buffer.alloc(37);
  body.writeInt32BE(10_000, 4);
  body.writeBigInt64BE(0x0100_0001_cddb_0000n, 8);
  body.writeInt32BE(16, 16);
  const size = Buffer.alloc(4);
  size.writeInt32BE(body.length);
  return Buffer.concat([size, body]);
}

describe('a session with ZooKeeper', () => {
  let directory: string;
  let context: FleetContext;
  let server: Server;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'fleet-session-'));
    context = await LocalFleetContext.create({ directory, log: () => {} });
    const { certFile, keyFile } = await context.certificate('slow', {
      owner: 'self',
    });
    server = createServer(
      { cert: await readFile(certFile), key: await readFile(keyFile) },
      socket => {
        socket.on('error', () => socket.destroy());
        socket.once('data', () => {
          // Both are due at the same turn: the answer is on its way when the
          // client finds its patience at an end.
          setTimeout(() => socket.write(connectResponse()), 100);
          const until = Date.now() + 500;
          while (Date.now() < until);
        });
      },
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  afterAll(async () => {
    server.close();
    await once(server, 'close');
    await rm(directory, { recursive: true, force: true });
  });

  it('is given up quietly when the server is too slow to grant it', async () => {
    const { port } = server.address() as AddressInfo;
    await expect(
      withZooKeeper(
        context,
        {
          ports: [port],
          user: { name: 'admin', secret: 'zookeeper-admin' },
          connectSeconds: 0.4,
        },
        async () => 'connected',
      ),
    ).rejects.toThrow(/no session within 0.4 s/);
    // An error that nobody catches meanwhile fails this test.
    await sleep(200);
  });
});
