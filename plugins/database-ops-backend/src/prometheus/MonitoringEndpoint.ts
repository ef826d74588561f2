import { readFile } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import { Config } from '@backstage/config';
import { InputError, ServiceUnavailableError } from '@backstage/errors';

/** No answer of Prometheus or Alertmanager that a page needs is larger. */
const MAX_ANSWER_BYTES = 32 * 1024 * 1024;

/** Where a monitoring server is and how to prove who we are; from configuration only. */
export interface MonitoringEndpointOptions {
  /** How errors name it, for example `Prometheus`. */
  readonly name: string;
  /** Without credentials; a path prefix is kept. */
  readonly url: URL;
  readonly caFile?: string;
  readonly username?: string;
  readonly password?: string;
  readonly timeoutSeconds: number;
}

/**
 * JSON over HTTP from one server of the configuration. Redirects are not
 * followed: an answer comes from the configured host or not at all.
 */
export class MonitoringEndpoint {
  readonly #options: MonitoringEndpointOptions;
  #agent: http.Agent | undefined;

  constructor(options: MonitoringEndpointOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.name;
  }

  /** @throws ServiceUnavailableError when there is no JSON answer in time. */
  async getJson(path: string, query: URLSearchParams): Promise<JsonAnswer> {
    return await this.#request({ method: 'GET', path, query });
  }

  /** Sends the parameters as a form, for expressions longer than a URL may be. */
  async postForm(path: string, form: URLSearchParams): Promise<JsonAnswer> {
    return await this.#request({ method: 'POST', path, form });
  }

  close(): void {
    this.#agent?.destroy();
    this.#agent = undefined;
  }

  async #request(request: {
    readonly method: 'GET' | 'POST';
    readonly path: string;
    readonly query?: URLSearchParams;
    readonly form?: URLSearchParams;
  }): Promise<JsonAnswer> {
    const { name, url, username, password, timeoutSeconds } = this.#options;
    const target = new URL(url);
    target.pathname = `${url.pathname.replace(/\/$/, '')}${request.path}`;
    target.search = request.query?.toString() ?? '';
    const body = request.form?.toString();
    const signal = AbortSignal.timeout(timeoutSeconds * 1000);
    let answer: { readonly status: number; readonly text: string };
    try {
      answer = await send(target, {
        method: request.method,
        agent: await this.#getAgent(),
        signal,
        body,
        headers: {
          accept: 'application/json',
          ...(body !== undefined && {
            'content-type': 'application/x-www-form-urlencoded',
            'content-length': String(Buffer.byteLength(body)),
          }),
          ...(username !== undefined && {
            authorization: `Basic ${Buffer.from(`${username}:${password ?? ''}`).toString('base64')}`,
          }),
        },
      });
    } catch (error) {
      throw new ServiceUnavailableError(
        signal.aborted
          ? `${name} at ${url.origin} gave no answer within ${timeoutSeconds} s.`
          : `${name} at ${url.origin} cannot be reached: ${reasonOf(error)}.`,
      );
    }
    return { status: answer.status, body: this.#parse(answer) };
  }

  #parse(answer: { readonly status: number; readonly text: string }): unknown {
    const { name, url } = this.#options;
    if (answer.status === 401 || answer.status === 403) {
      throw new ServiceUnavailableError(
        `${name} at ${url.origin} refused our credentials (HTTP ${answer.status}); check its username and password in configuration.`,
      );
    }
    try {
      return JSON.parse(answer.text);
    } catch {
      throw new ServiceUnavailableError(
        `${name} at ${url.origin} answered HTTP ${answer.status} with something that is not JSON; check its url in configuration.`,
      );
    }
  }

  /** Made with the first request, so that a missing file is that request's error and can be mended. */
  async #getAgent(): Promise<http.Agent> {
    if (!this.#agent) {
      const { url, caFile } = this.#options;
      const ca = caFile ? await readFile(caFile, 'utf8') : undefined;
      this.#agent =
        url.protocol === 'https:'
          ? new https.Agent({ keepAlive: true, ca })
          : new http.Agent({ keepAlive: true });
    }
    return this.#agent;
  }
}

/** Reads `url`, `caFile`, `username` and `password`; `undefined` without the key. */
export function readMonitoringEndpoint(
  config: Config | undefined,
  options: { readonly name: string; readonly timeoutSeconds: number },
): MonitoringEndpoint | undefined {
  if (!config) {
    return undefined;
  }
  const text = config.getString('url');
  if (!URL.canParse(text)) {
    throw new InputError(
      `The url of ${options.name} is not a URL; write it like https://host:9090.`,
    );
  }
  const url = new URL(text);
  if (url.username || url.password) {
    throw new InputError(
      `The url of ${options.name} carries credentials; move them to username and password.`,
    );
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new InputError(
      `The url of ${options.name} has to begin with http:// or https://.`,
    );
  }
  return new MonitoringEndpoint({
    ...options,
    url,
    caFile: config.getOptionalString('caFile'),
    username: config.getOptionalString('username'),
    password: config.getOptionalString('password'),
  });
}

/** An HTTP answer whose body was JSON, whatever its status. */
export interface JsonAnswer {
  readonly status: number;
  readonly body: unknown;
}

function send(
  target: URL,
  options: http.RequestOptions & {
    readonly agent: http.Agent;
    readonly body: string | undefined;
  },
): Promise<{ readonly status: number; readonly text: string }> {
  const { body, ...requestOptions } = options;
  return new Promise((resolve, reject) => {
    const { request: open } = target.protocol === 'https:' ? https : http;
    const request = open(target, requestOptions, response => {
      const chunks: Buffer[] = [];
      let sizeBytes = 0;
      response.on('error', reject);
      response.on('data', (chunk: Buffer) => {
        sizeBytes += chunk.length;
        if (sizeBytes > MAX_ANSWER_BYTES) {
          request.destroy(
            new Error(`the answer is larger than ${MAX_ANSWER_BYTES} bytes`),
          );
          return;
        }
        chunks.push(chunk);
      });
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          text: Buffer.concat(chunks).toString('utf8'),
        }),
      );
    });
    request.on('error', reject);
    request.end(body);
  });
}

function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) {
    return reasonOf(error.errors[0]);
  }
  return error instanceof Error ? error.message : String(error);
}
