import { readFileSync } from 'node:fs';
import { Connection } from '@platformatic/kafka';
import { DatabaseMember } from 'backstage-plugin-database-ops-node';
import { KafkaConfig } from './config';

/** Connecting, and each request, may take that long. */
export const ANSWER_SECONDS = 5;

/**
 * One connection to one broker, kept between checks; after an error it is
 * thrown away. The driver's own pool is not used: it fails as a whole when
 * one listed broker is away, and that is when health must speak.
 */
export class BrokerConnection {
  readonly member: DatabaseMember;
  readonly #config: KafkaConfig;
  #connection?: Connection;

  constructor(member: DatabaseMember, config: KafkaConfig) {
    this.member = member;
    this.#config = config;
  }

  /**
   * Asks over the open connection, or opens one. One that was kept may have
   * been ended by the other side without our having noticed: then the question
   * is asked once more over a new one, whose answer counts.
   */
  async ask<T>(question: (connection: Connection) => Promise<T>): Promise<T> {
    const kept = this.#connection;
    if (kept?.isConnected()) {
      try {
        return await question(kept);
      } catch (error) {
        await this.discard();
        if (!isEnded(error)) {
          throw error;
        }
      }
    }
    try {
      return await question(await this.#open());
    } catch (error) {
      await this.discard();
      throw error;
    }
  }

  /** Ends the socket under a question that is being asked, which then fails. */
  abandon(): void {
    this.#connection?.socket?.destroy();
  }

  /** Gives the connection up; the next question opens another. */
  async discard(): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    // One that hangs would keep `close` waiting for the other side.
    connection?.socket?.destroy();
    await connection?.close();
  }

  async #open(): Promise<Connection> {
    const connection = this.#create();
    this.#connection = connection;
    await connection.connect(this.member.host, this.member.port);
    return connection;
  }

  #create(): Connection {
    const { sasl, tls } = this.#config;
    const connection = new Connection('database-ops', {
      connectTimeout: ANSWER_SECONDS * 1000,
      requestTimeout: ANSWER_SECONDS * 1000,
      tls: tls && { ca: tls.caFile && readFileSync(tls.caFile) },
      sasl: sasl && {
        mechanism: sasl.mechanism,
        username: sasl.username,
        password: sasl.password.reveal(),
      },
    });
    const forget = () => {
      if (this.#connection === connection) {
        this.#connection = undefined;
      }
    };
    // A connection that ends between two checks must not be asked again; and
    // an error event that nobody hears would end the process.
    connection.on('error', forget);
    connection.on('close', forget);
    return connection;
  }
}

/** The driver's code for a connection that ended while, or before, it was asked. */
function isEnded(error: unknown): boolean {
  return (error as { readonly code?: unknown }).code === 'PLT_KFK_NETWORK';
}
