import { Agent as HttpAgent, get as getHttp } from 'node:http';
import { Agent as HttpsAgent, get as getHttps } from 'node:https';
import { text } from 'node:stream/consumers';
import { IncomingMessage } from 'node:http';

/** What `commands/monitor` answers; which keys there are depends on the server's role. */
export type MonitorAnswer = Readonly<Record<string, unknown>>;

/** The admin server of one member, over a connection that is kept. */
export class AdminServer {
  readonly #host: string;
  readonly #port: number;
  readonly #secure: boolean;
  readonly #agent: HttpAgent | HttpsAgent;
  readonly #answerSeconds: number;

  constructor(options: {
    readonly host: string;
    readonly port: number;
    /** Present: TLS. */
    readonly tls?: { readonly ca?: Buffer };
    readonly answerSeconds: number;
  }) {
    this.#host = options.host;
    this.#port = options.port;
    this.#secure = options.tls !== undefined;
    this.#answerSeconds = options.answerSeconds;
    const keep = { keepAlive: true, maxSockets: 1 };
    this.#agent = options.tls
      ? new HttpsAgent({ ...keep, ca: options.tls.ca })
      : new HttpAgent(keep);
  }

  /** https://zookeeper.apache.org/doc/r3.9.4/zookeeperAdmin.html#sc_adminserver */
  async monitor(signal: AbortSignal): Promise<MonitorAnswer> {
    const response = await this.#get('/commands/monitor', signal);
    const body = await text(response);
    if (response.statusCode !== 200) {
      throw new Error(
        `the admin server on ${this.#host}:${this.#port} answers ${response.statusCode} to commands/monitor`,
      );
    }
    return JSON.parse(body) as MonitorAnswer;
  }

  close(): void {
    this.#agent.destroy();
  }

  async #get(path: string, signal: AbortSignal): Promise<IncomingMessage> {
    const request = this.#secure ? getHttps : getHttp;
    return new Promise((resolve, reject) => {
      request(
        {
          host: this.#host,
          port: this.#port,
          path,
          agent: this.#agent,
          signal: AbortSignal.any([
            signal,
            AbortSignal.timeout(this.#answerSeconds * 1000),
          ]),
        },
        resolve,
      ).on('error', reject);
    });
  }
}
