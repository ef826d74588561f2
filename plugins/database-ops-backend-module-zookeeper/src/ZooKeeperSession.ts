import { toError } from '@backstage/errors';
import { Socket, connect as connectPlain } from 'node:net';
import { ConnectionOptions, connect as connectTls } from 'node:tls';
import { Client, Exception, State, createClient } from 'node-zookeeper-client';

/** Where and as whom a session is opened. */
export interface SessionOptions {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
  /** Present: TLS. */
  readonly tls?: ConnectionOptions;
  /** Connecting, and each request, may take that long. */
  readonly answerSeconds: number;
  /** Ends the session, also while it is being opened. */
  readonly signal?: AbortSignal;
}

/** The server has our session but lets this user not read: a wrong password, or an ACL without this user. */
export class AccessRefusedError extends Error {
  override readonly name = 'AccessRefusedError';
}

/** The server took the connection and ended it before there was a session: it has no quorum. */
export class NoSessionError extends Error {
  override readonly name = 'NoSessionError';
}

/** An answer did not come in time. */
export class NoAnswerError extends Error {
  override readonly name = 'TimeoutError';
}

/** The part of the client library that opens sockets; by itself it knows no TLS, and tries for ever. */
interface ConnectionManager {
  setState(state: number): void;
  socket?: Socket;
  connect(): void;
  onSocketConnected(): void;
  onSocketData(data: Buffer): void;
  onSocketDrain(): void;
  onSocketClosed(hadError: boolean): void;
}

/** The library's own number for "connecting". */
const CONNECTING = 1;
const SESSION_MILLISECONDS = 30_000;

/** One session with one server; once it has ended it stays ended. */
export class ZooKeeperSession {
  readonly #options: SessionOptions;
  readonly #client: Client;
  readonly #manager: ConnectionManager;
  #socketError?: Error;
  #ended = false;
  #whenEnded?: () => void;

  private constructor(options: SessionOptions) {
    this.#options = options;
    this.#client = createClient(`${options.host}:${options.port}`, {
      sessionTimeout: SESSION_MILLISECONDS,
      retries: 0,
    });
    this.#manager = (
      this.#client as unknown as { connectionManager: ConnectionManager }
    ).connectionManager;
    this.#manager.connect = () => this.#connectOnce();
    this.#client.addAuthInfo(
      'digest',
      Buffer.from(`${options.username}:${options.password}`),
    );
  }

  /**
   * @throws the socket's own error; NoSessionError; NoAnswerError
   */
  static async open(options: SessionOptions): Promise<ZooKeeperSession> {
    const session = new ZooKeeperSession(options);
    const end = () => session.close();
    options.signal?.addEventListener('abort', end, { once: true });
    try {
      await session.#open();
      return session;
    } catch (error) {
      session.close();
      throw error;
    } finally {
      options.signal?.removeEventListener('abort', end);
    }
  }

  get ended(): boolean {
    return this.#ended;
  }

  /**
   * Reads the children of a node, as the user of this session.
   *
   * @throws AccessRefusedError; NoAnswerError; the client library's Exception
   */
  async children(path: string): Promise<readonly string[]> {
    return this.#answer<readonly string[]>((resolve, reject) =>
      this.#client.getChildren(path, (error, children) =>
        error ? reject(this.#explain(error, path)) : resolve(children),
      ),
    );
  }

  /** Reads a node's content; undefined when it is empty. */
  async read(path: string): Promise<Buffer | undefined> {
    return this.#answer<Buffer | undefined>((resolve, reject) =>
      this.#client.getData(path, (error, data) =>
        error ? reject(this.#explain(error, path)) : resolve(data),
      ),
    );
  }

  close(): void {
    if (this.#ended) {
      return;
    }
    this.#ended = true;
    if (this.#client.getState() === State.SYNC_CONNECTED) {
      // Lets the server forget the session now instead of when it expires.
      this.#client.close();
      this.#manager.socket?.destroySoon();
    } else {
      this.#manager.socket?.destroy();
    }
  }

  async #open(): Promise<void> {
    await this.#answer<void>((resolve, reject) => {
      this.#client.once('connected', () => resolve());
      this.#whenEnded = () =>
        reject(
          this.#socketError ??
            new NoSessionError('it ends connections before there is a session'),
        );
      this.#client.connect();
    });
  }

  /** Called by the library for the first connection and again after each loss; a lost one is not replaced. */
  #connectOnce(): void {
    if (this.#ended || this.#manager.socket) {
      this.#ended = true;
      return;
    }
    const { host, port, tls } = this.#options;
    const manager = this.#manager;
    manager.setState(CONNECTING);
    const socket = tls
      ? connectTls({ ...tls, host, port })
      : connectPlain({ host, port });
    manager.socket = socket;
    socket.setNoDelay();
    socket.on(tls ? 'secureConnect' : 'connect', () =>
      manager.onSocketConnected(),
    );
    socket.on('data', data => manager.onSocketData(data));
    socket.on('drain', () => manager.onSocketDrain());
    socket.on('error', error => {
      this.#socketError = error;
    });
    socket.on('close', hadError => {
      this.#ended = true;
      this.#whenEnded?.();
      manager.onSocketClosed(hadError);
    });
  }

  async #answer<T>(
    ask: (resolve: (value: T) => void, reject: (error: Error) => void) => void,
  ): Promise<T> {
    const { answerSeconds } = this.#options;
    return new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new NoAnswerError(`no answer within ${answerSeconds} s`));
        this.close();
      }, answerSeconds * 1000);
      ask(
        value => {
          clearTimeout(timer);
          resolve(value);
        },
        error => {
          clearTimeout(timer);
          reject(error);
        },
      );
    });
  }

  #explain(error: Error | Exception, path: string): Error {
    const refused =
      error instanceof Exception && error.code === Exception.NO_AUTH;
    return refused
      ? new AccessRefusedError(
          `it lets ${this.#options.username} not read ${path}: the password is wrong or the ACL does not name this user`,
        )
      : toError(error);
  }
}
