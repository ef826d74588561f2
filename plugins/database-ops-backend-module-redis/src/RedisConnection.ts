import { readFileSync } from 'node:fs';
import { DatabaseMember } from 'backstage-plugin-database-ops-node';
import { Redis } from 'ioredis';
import { RedisConfig } from './config';

/** Connecting, and each command, may take that long. */
export const ANSWER_SECONDS = 4;

/** One connection to one member, kept between checks; after an error it is thrown away and the next question opens another. */
export class RedisConnection {
  readonly member: DatabaseMember;
  readonly #config: RedisConfig;
  #client?: Redis;

  constructor(member: DatabaseMember, config: RedisConfig) {
    this.member = member;
    this.#config = config;
  }

  /** Runs the task on the open connection. Throws the socket's own error where there is one. */
  async ask<T>(task: (redis: Redis) => Promise<T>): Promise<T> {
    const client = this.#client ?? this.#create();
    this.#client = client;
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
      return await task(client);
    } catch (error) {
      this.close();
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
