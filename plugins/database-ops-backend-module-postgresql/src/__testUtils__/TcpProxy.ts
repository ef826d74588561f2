import { once } from 'node:events';
import { AddressInfo, connect, createServer, Server, Socket } from 'node:net';

/** A way to a server of this machine that a test can cut and mend. */
export class TcpProxy {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;
  #isCut = false;

  static async to(port: number): Promise<TcpProxy> {
    const sockets = new Set<Socket>();
    const server = createServer();
    const proxy = new Promise<TcpProxy>(resolve => {
      server.once('listening', () =>
        resolve(new TcpProxy(server, sockets, port)),
      );
    });
    server.listen(0, '127.0.0.1');
    return proxy;
  }

  private constructor(server: Server, sockets: Set<Socket>, to: number) {
    this.#server = server;
    this.#sockets = sockets;
    this.port = (server.address() as AddressInfo).port;
    server.on('connection', client => {
      if (this.#isCut) {
        client.destroy();
        return;
      }
      const upstream = connect(to, '127.0.0.1');
      for (const [socket, other] of [
        [client, upstream],
        [upstream, client],
      ]) {
        sockets.add(socket);
        socket.on('error', () => other.destroy());
        socket.on('close', () => {
          sockets.delete(socket);
          other.destroy();
        });
        socket.pipe(other);
      }
    });
  }

  /** Ends every connection, and each new one at once. */
  cut(): void {
    this.#isCut = true;
    this.#sockets.forEach(socket => socket.destroy());
  }

  mend(): void {
    this.#isCut = false;
  }

  async close(): Promise<void> {
    this.cut();
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }
}
