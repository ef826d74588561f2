import { createServer, IncomingMessage, Server } from 'node:http';
import { AddressInfo } from 'node:net';

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

export type Answer = { readonly status?: number; readonly body: unknown };

/** An HTTP server that answers as told, for tests of what is sent and how answers are read. */
export class FakePortal {
  readonly requests: SeenRequest[] = [];
  readonly #server: Server;
  readonly #answers: Record<string, (request: SeenRequest) => Answer>;

  private constructor(
    answers: Record<string, (request: SeenRequest) => Answer>,
  ) {
    this.#answers = answers;
    this.#server = createServer((incoming, response) => {
      const chunks: Buffer[] = [];
      incoming.on('data', chunk => chunks.push(chunk));
      incoming.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const request = {
          method: incoming.method ?? '',
          path: (incoming.url ?? '').split('?')[0],
          headers: incoming.headers,
          body: text ? JSON.parse(text) : undefined,
        };
        this.requests.push(request);
        const { status, body } = this.#answers[
          `${request.method} ${request.path}`
        ]?.(request) ?? {
          status: 404,
          body: { error: { name: 'NotFoundError', message: request.path } },
        };
        response.writeHead(status ?? 200, {
          'Content-Type': 'application/json',
        });
        response.end(JSON.stringify(body));
      });
    });
  }

  static async start(
    answers: Record<string, (request: SeenRequest) => Answer>,
  ): Promise<FakePortal> {
    const portal = new FakePortal(answers);
    await new Promise<void>(resolve => {
      portal.#server.listen(0, '127.0.0.1', resolve);
    });
    return portal;
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}`;
  }

  async stop(): Promise<void> {
    await new Promise(resolve => {
      this.#server.close(resolve);
    });
  }
}
