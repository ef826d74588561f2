import { readFileSync } from 'node:fs';
import { DatabaseMember } from 'backstage-plugin-database-ops-node';
import { Redis } from 'ioredis';
import { RedisConfig } from './config';

/** Connecting, and each command, may take that long. */
export const ANSWER_SECONDS = 5;

/** One connection to one member, kept between checks; after an error it is thrown away and the next question opens another. */
export class RedisConnection {
  readonly member: DatabaseMember;
  readonly #config: RedisConfig;
  #client?: Redis;

  constructor(member: DatabaseMember, config: RedisConfig) {
    this.member = member;
    this.#config = config;
  }

  /**
   * Asks over the open connection, or opens one. One that was kept may have
   * been ended by the other side without our having noticed: then the question
   * is asked once more over a new one, whose answer counts.
   *
   * @throws the socket's own error where there is one
   */
  async ask<T>(question: (redis: Redis) => Promise<T>): Promise<T> {
    const kept = this.#client;
    if (kept) {
      try {
        return await this.#askOver(kept, question);
      } catch (error) {
        if (!isEnded(error)) {
          throw error;
        }
      }
    }
    this.#client = this.#create();
    return this.#askOver(this.#client, question);
  }

  async #askOver<T>(
    client: Redis,
    question: (redis: Redis) => Promise<T>,
  ): Promise<T> {
    let socketError: Error | undefined;
    // The driver answers a failed connection with "Connection is closed"; why, it only says in this event.
    const remember = (error: Error) => {
      socketError ??= error;
    };
    client.on('error', remember);
    try {
      if (client.status === 'wait') {
        await client.connect();
      }
      return await question(client);
    } catch (error) {
      client.disconnect();
      this.#forget(client);
      throw socketError ?? error;
    } finally {
      client.off('error', remember);
    }
  }

  close(): void {
    this.#client?.disconnect();
    this.#client = undefined;
  }

  #create(): Redis {
    const { username, password, tls } = this.#config;
    const client = new Redis({
      host: this.member.host,
      port: this.member.port,
      username,
      password: password?.reveal(),
      tls: tls && { ca: tls.caFile && readFileSync(tls.caFile) },
      connectionName: 'database-ops',
      lazyConnect: true,
      enableReadyCheck: false,
      enableOfflineQueue: false,
      connectTimeout: ANSWER_SECONDS * 1000,
      commandTimeout: ANSWER_SECONDS * 1000,
      maxRetriesPerRequest: 0,
      retryStrategy: () => null,
    });
    // A connection that ends between two checks must not be asked again; and
    // an error event that nobody hears would end the process.
    client.on('error', () => this.#forget(client));
    client.on('end', () => this.#forget(client));
    return client;
  }

  #forget(client: Redis): void {
    if (this.#client === client) {
      this.#client = undefined;
    }
  }
}

/** An answer that the server gave, and a time-out, are no sign of an ended connection. */
function isEnded(error: unknown): boolean {
  const { code, message } = error as {
    readonly code?: unknown;
    readonly message?: unknown;
  };
  return (
    code === 'ECONNRESET' ||
    code === 'EPIPE' ||
    message === 'Connection is closed.' ||
    message === "Stream isn't writeable and enableOfflineQueue options is false"
  );
}
