import { AddressInfo, createServer, Server } from 'node:net';
import { once } from 'node:events';
import { readPostgresqlConfig } from '../config';
import { openAccessFinding } from './openAccessFinding';

const PASSWORD = 'what-the-network-must-not-see';

/** A message of the protocol: type, length, body. */
function message(type: string, body: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(type), length, body]);
}

const refusal = (code: string, text: string) =>
  message('E', Buffer.from(`SFATAL\0VFATAL\0C${code}\0M${text}\0\0`));

/** The server wants the password as it is. */
const ASK = message('R', Buffer.from([0, 0, 0, 3]));
const LET_IN = Buffer.concat([
  message('R', Buffer.alloc(4)),
  message('Z', Buffer.from('I')),
]);

describe('whether a member lets the role in without TLS', () => {
  let server: Server;
  let heard: Buffer;

  afterEach(() => new Promise(resolve => server.close(resolve)));

  /** Of a server that gives one answer to each message of a client. */
  async function findingOf(answers: readonly Buffer[]) {
    heard = Buffer.alloc(0);
    server = createServer(socket => {
      const left = [...answers];
      socket.on('data', data => {
        heard = Buffer.concat([heard, data]);
        const answer = left.shift();
        if (answer) {
          socket.write(answer);
        } else {
          socket.end();
        }
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const config = readPostgresqlConfig(
      {
        members: [{ name: 'orders-1', host: '127.0.0.1', port }],
        database: 'app',
        username: 'dbops_monitor',
        password: PASSWORD,
        tls: { caFile: '/etc/ssl/ca.crt' },
      },
      'orders',
    );
    return openAccessFinding(config, config.members[0]);
  }

  it('is warned of when it asks for the password in the open, which it is not told', async () => {
    const found = await findingOf([
      ASK,
      refusal('28P01', 'password authentication failed'),
    ]);
    expect(found).toMatchObject({
      id: 'open-access.orders-1',
      status: 'warning',
      sentence: expect.stringContaining('in the open'),
    });
    expect(heard.includes('dbops_monitor')).toBe(true);
    // Startup, then a message of a password.
    expect(heard.includes(Buffer.from('p\0\0\0'))).toBe(true);
    expect(heard.includes(PASSWORD)).toBe(false);
  });

  it('is warned of when any password will do', async () => {
    expect(await findingOf([ASK, LET_IN])).toMatchObject({
      status: 'warning',
      sentence: expect.stringContaining('any password'),
    });
    expect(heard.includes(PASSWORD)).toBe(false);
  });

  it('is fine when pg_hba.conf refuses it, and unknown of anything else', async () => {
    expect(
      await findingOf([
        refusal('28000', 'pg_hba.conf rejects connection for host'),
      ]),
    ).toMatchObject({ status: 'ok' });
    await new Promise(resolve => server.close(resolve));
    expect(
      await findingOf([refusal('57P03', 'the database system is starting up')]),
    ).toMatchObject({
      status: 'unknown',
      sentence: expect.stringContaining('is starting up'),
    });
  });
});
