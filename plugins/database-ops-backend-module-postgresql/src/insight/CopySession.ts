import { Duplex } from 'node:stream';
import { ConflictError, InputError, toError } from '@backstage/errors';
import { Secret } from 'backstage-plugin-database-ops-node';
import { Client, ClientConfig } from 'pg';

/** What a person can look through; the portal keeps an answer in memory. */
const MOST_BYTES = 4 * 1024 * 1024;
const CONNECT_TIMEOUT_MILLISECONDS = 3_000;
const KILL_SECONDS = 3;

/** A copy, and as whom it is asked. */
interface CopyDoors {
  readonly host: string;
  readonly port: number;
  readonly socketDirectory?: string;
  readonly database: string;
  readonly username: string;
  readonly password?: Secret;
  readonly timeoutSeconds: number;
}

/**
 * The session of one statement. Its limits do not rest on the server's
 * settings, which a statement may change for itself: bytes are counted as they
 * arrive, and at the deadline another session ends this one.
 */
export class CopySession {
  readonly #config: ClientConfig;
  readonly #client: Client;
  #pid = 0;
  #broken: Error | undefined;

  private constructor(config: ClientConfig) {
    this.#config = config;
    this.#client = new Client(config);
    this.#client.on('error', error => {
      this.#broken = error;
    });
  }

  /**
   * Through the copy's socket, where this account is the role; by its password
   * of that moment where a copy does not know this account.
   *
   * @throws ConflictError when the copy lets the role not in
   */
  static async open(options: CopyDoors): Promise<CopySession> {
    const { socketDirectory, host, password } = options;
    const reasons: string[] = [];
    for (const way of [
      ...(socketDirectory ? [socketDirectory] : []),
      ...(password ? [host] : []),
    ]) {
      try {
        return await CopySession.#connect(options, way);
      } catch (error) {
        reasons.push(
          `${way === host ? 'by its password' : 'through its socket'}: ${whyNot(error)}`,
        );
      }
    }
    throw new ConflictError(
      `The copy did not let role '${options.username}' in (${reasons.join('; ') || 'it names no socket, and no password is configured'}). Its roles are those of the restored moment: the role must have existed by then. A copy that another account restored, or an earlier release, asks for the password that the role had then: set postgresql.queryBox.password, or restore again.`,
    );
  }

  /** @throws what the server or the way to it said */
  static async #connect(
    options: CopyDoors,
    host: string,
  ): Promise<CopySession> {
    const session = new CopySession({
      host,
      port: options.port,
      database: options.database,
      user: options.username,
      password: options.password?.reveal(),
      ssl: false,
      application_name: 'database-ops query box',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MILLISECONDS,
      statement_timeout: options.timeoutSeconds * 1000,
      lock_timeout: options.timeoutSeconds * 1000,
      idle_in_transaction_session_timeout: options.timeoutSeconds * 1000,
      options:
        '-c default_transaction_read_only=on -c client_connection_check_interval=1s',
    });
    try {
      await session.#client.connect();
      const { rows } = await session.#client.query<{ pid: number }>(
        'SELECT pg_backend_pid() AS pid',
      );
      session.#pid = rows[0].pid;
      return session;
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  /**
   * What the work gives.
   *
   * @throws InputError when it takes too long or answers too much
   */
  async use<T>(
    deadlineSeconds: number,
    work: (client: Client) => Promise<T>,
  ): Promise<T> {
    const stream = streamOf(this.#client);
    let timer: NodeJS.Timeout | undefined;
    let onData: ((chunk: Buffer) => void) | undefined;
    let received = 0;
    const ended = new Promise<never>((_resolve, reject) => {
      const end = (reason: string) => {
        reject(new InputError(reason));
        stream.destroy();
      };
      timer = setTimeout(
        () =>
          end(
            `The statement did not end within ${deadlineSeconds} s and was stopped; ask for less.`,
          ),
        deadlineSeconds * 1000,
      );
      onData = chunk => {
        received += chunk.length;
        if (received > MOST_BYTES) {
          end(
            `The answer is larger than ${MOST_BYTES / 1024 / 1024} MiB and was stopped; choose fewer columns or shorter values.`,
          );
        }
      };
      stream.on('data', onData);
    });
    try {
      return await Promise.race([ended, work(this.#client)]);
    } catch (error) {
      if (stream.destroyed) {
        await this.#terminate();
      }
      throw error;
    } finally {
      clearTimeout(timer);
      if (onData) {
        stream.off('data', onData);
      }
    }
  }

  /** Whatever the session held is given back. */
  async close(): Promise<void> {
    if (!this.#broken && !streamOf(this.#client).destroyed) {
      await this.#client.end();
    }
  }

  /** A role may end its own sessions; the process may be busy long after nobody listens. */
  async #terminate(): Promise<void> {
    const killer = new Client({
      ...this.#config,
      query_timeout: KILL_SECONDS * 1000,
    });
    let lost: Error | undefined;
    killer.on('error', error => {
      lost = error;
    });
    await killer.connect();
    await killer.query('SELECT pg_terminate_backend($1)', [this.#pid]);
    if (!lost) {
      await killer.end();
    }
  }
}

function streamOf(client: Client): Duplex {
  const { connection } = client as unknown as {
    readonly connection: { readonly stream: Duplex };
  };
  return connection.stream;
}

/** The driver's own words about a password that it has not got name no way out. */
function whyNot(error: unknown): string {
  const { message } = toError(error);
  return message.startsWith('SASL') ? 'it asks for a password' : message;
}
