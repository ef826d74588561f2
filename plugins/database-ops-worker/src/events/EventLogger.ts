import { LoggerService } from '@backstage/backend-plugin-api';
import { isError } from '@backstage/errors';
import { JsonObject } from '@backstage/types';
import { EventLog } from './EventLog';

type Level = 'debug' | 'info' | 'warn' | 'error';

/** What engines log becomes events of the operation. */
export class EventLogger implements LoggerService {
  readonly #events: EventLog;
  readonly #meta: JsonObject;

  constructor(events: EventLog, meta: JsonObject = {}) {
    this.#events = events;
    this.#meta = meta;
  }

  error(message: string, meta?: Error | JsonObject): void {
    this.#log('error', message, meta);
  }

  warn(message: string, meta?: Error | JsonObject): void {
    this.#log('warn', message, meta);
  }

  info(message: string, meta?: Error | JsonObject): void {
    this.#log('info', message, meta);
  }

  debug(message: string, meta?: Error | JsonObject): void {
    this.#log('debug', message, meta);
  }

  child(meta: JsonObject): LoggerService {
    return new EventLogger(this.#events, { ...this.#meta, ...meta });
  }

  #log(level: Level, message: string, meta: Error | JsonObject = {}): void {
    const facts = isError(meta)
      ? { ...this.#meta, error: meta.message }
      : { ...this.#meta, ...meta };
    const shown = Object.entries(facts).map(
      ([key, value]) =>
        `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
    );
    this.#events.log(level, [message, ...shown].join(' '));
  }
}
