import { readFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { Client, State, createClient } from 'node-zookeeper-client';
import { FleetContext } from '../framework/types';

/** What is used of the client's connection manager, which only opens plain sockets by itself. */
interface ConnectionManager {
  socket?: Socket;
  connectTimeout: number;
  connectTimeoutHandler?: NodeJS.Timeout;
  setState(state: number): void;
  findNextServer(use: (server: { host: string; port: number }) => void): void;
  connect(): void;
  onSocketConnected(): void;
  onSocketConnectTimeout(): void;
  onSocketData(data: Buffer): void;
  onSocketDrain(): void;
  onSocketClosed(hadError: boolean): void;
  onSocketError(error: Error): void;
}

/** The client library's own number for "connecting". */
const CONNECTING = 1;

function useTls(client: Client, ca: Buffer): ConnectionManager {
  const { connectionManager: manager } = client as unknown as {
    connectionManager: ConnectionManager;
  };
  manager.connect = () => {
    manager.setState(CONNECTING);
    manager.findNextServer(server => {
      const socket = connectTls({ ...server, ca });
      manager.socket = socket;
      manager.connectTimeoutHandler = setTimeout(
        () => manager.onSocketConnectTimeout(),
        manager.connectTimeout,
      );
      socket.setNoDelay();
      socket.on('secureConnect', () => manager.onSocketConnected());
      socket.on('data', data => manager.onSocketData(data));
      socket.on('drain', () => manager.onSocketDrain());
      socket.on('close', hadError => manager.onSocketClosed(hadError));
      socket.on('error', error => manager.onSocketError(error));
    });
  };
  return manager;
}

/**
 * The library mistakes the answer to a connection that is closed before it
 * came for the answer to the closing, and throws where nobody can catch it.
 */
function endSession(client: Client, manager: ConnectionManager): void {
  manager.connect = () => {};
  if (client.getState() === State.SYNC_CONNECTED) {
    client.close();
    manager.socket?.destroySoon();
  } else {
    manager.socket?.destroy();
  }
}

/** Runs one task in a session over TLS, as that user. */
export async function withZooKeeper<T>(
  context: FleetContext,
  options: {
    readonly ports: readonly number[];
    readonly user: { readonly name: string; readonly secret: string };
    readonly connectSeconds?: number;
  },
  task: (client: Client) => Promise<T>,
): Promise<T> {
  const { ports, user, connectSeconds = 10 } = options;
  const password = await context.secret(user.secret);
  const client = createClient(
    ports.map(port => `127.0.0.1:${port}`).join(','),
    { sessionTimeout: 10_000, spinDelay: 200, retries: 3 },
  );
  const manager = useTls(client, await readFile(context.caFile));
  client.addAuthInfo('digest', Buffer.from(`${user.name}:${password}`));
  try {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(
        () =>
          reject(
            new Error(
              `ZooKeeper gave no session within ${connectSeconds} s on ports ${ports.join(', ')}; see logs/fleet-zookeeper-*.log.`,
            ),
          ),
        connectSeconds * 1000,
      );
      client.once('connected', () => {
        clearTimeout(timer);
        resolve();
      });
      client.connect();
    });
    return await task(client);
  } finally {
    endSession(client, manager);
  }
}
