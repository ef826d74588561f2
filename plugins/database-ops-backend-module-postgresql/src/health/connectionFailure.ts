import { toError } from '@backstage/errors';

/**
 * Why a member did not answer.
 *
 * - `refused`: its host answered that nothing listens there, or the server
 *   itself said that it starts or stops: it does not serve.
 * - `silent`: no answer in time, or no way to its host; the host may be gone, or the network.
 * - `full`: the server lives but has no connection left.
 * - `unasked`: the question could not be put (wrong password, certificate,
 *   name): nothing is known about the server.
 */
export interface ConnectionFailure {
  readonly kind: 'refused' | 'silent' | 'full' | 'unasked';
  /** For a sentence, for example `connection refused`. */
  readonly reason: string;
}

/** SQLSTATE classes and codes, see the appendix "PostgreSQL Error Codes" of its manual. */
const INVALID_PASSWORD = '28P01';
const INVALID_AUTHORIZATION = '28000';
const UNKNOWN_DATABASE = '3D000';
const NO_PRIVILEGE = '42501';
const TOO_MANY_CONNECTIONS = '53300';
const CANNOT_CONNECT_NOW = '57P03';
/** A statement that was ended because its time was up: the server lives, and something holds it up. */
const QUERY_CANCELED = '57014';
const SHUTTING_DOWN = ['57P01', '57P02'];

const REFUSED = ['ECONNREFUSED', 'ENOENT'];
const BROKEN = ['ECONNRESET', 'EPIPE'];
/** What the driver says without a code. */
const CLOSED = /Connection terminated unexpectedly/i;
const NO_NAME = ['ENOTFOUND', 'EAI_AGAIN'];
/** What a host that is off looks like from its own network, and from others. */
const NO_WAY = ['EHOSTUNREACH', 'ENETUNREACH'];

export function connectionFailure(
  thrown: unknown,
  username: string,
): ConnectionFailure {
  const error = firstOf(toError(thrown));
  const code = (error as { code?: unknown }).code;
  const text = oneLine(error.message || error.name);
  if (typeof code === 'string') {
    if (REFUSED.includes(code)) {
      return { kind: 'refused', reason: 'connection refused' };
    }
    if (code === CANNOT_CONNECT_NOW || SHUTTING_DOWN.includes(code)) {
      return { kind: 'refused', reason: text };
    }
    if (BROKEN.includes(code)) {
      return { kind: 'refused', reason: 'the connection was closed' };
    }
    if (code === 'ETIMEDOUT') {
      return { kind: 'silent', reason: 'no answer in time' };
    }
    if (code === TOO_MANY_CONNECTIONS) {
      return { kind: 'full', reason: text };
    }
    if (code === INVALID_PASSWORD || code === INVALID_AUTHORIZATION) {
      return {
        kind: 'unasked',
        reason: `it did not accept the monitoring user '${username}' (${text}); correct username, password or pg_hba.conf`,
      };
    }
    if (code === QUERY_CANCELED) {
      return {
        kind: 'unasked',
        reason:
          'it let a session in and did not answer in time; look for a lock on a system catalog, or an overloaded host',
      };
    }
    if (code === UNKNOWN_DATABASE || code === NO_PRIVILEGE) {
      return { kind: 'unasked', reason: text };
    }
    if (NO_WAY.includes(code)) {
      return { kind: 'silent', reason: `no way to its host (${code})` };
    }
    if (NO_NAME.includes(code)) {
      return { kind: 'unasked', reason: `no way to its host (${code})` };
    }
  }
  if (/timeout|timed out/i.test(text)) {
    return { kind: 'silent', reason: 'no answer in time' };
  }
  if (CLOSED.test(text)) {
    return { kind: 'refused', reason: 'the connection was closed' };
  }
  return { kind: 'unasked', reason: text };
}

/** Whether an established connection was ended: that says nothing about a new one. */
export function isBrokenConnection(thrown: unknown): boolean {
  const error = toError(thrown);
  const { code } = error as { code?: unknown };
  return typeof code === 'string'
    ? SHUTTING_DOWN.includes(code) || BROKEN.includes(code)
    : CLOSED.test(error.message);
}

/** Whether the server did not let this login in. */
export function isRefusedLogin(thrown: unknown): boolean {
  const { code } = firstOf(toError(thrown)) as { code?: unknown };
  return code === INVALID_PASSWORD || code === INVALID_AUTHORIZATION;
}

/** Node tries each address of a name and wraps what went wrong with each. */
function firstOf(error: Error): Error {
  return error instanceof AggregateError && error.errors.length > 0
    ? toError(error.errors[0])
    : error;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
