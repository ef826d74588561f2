import {
  MemberOutcome,
  connectionFailure,
} from 'backstage-plugin-database-ops-node';
import { ANSWER_SECONDS } from '../BrokerConnection';

/** The driver wraps what happened two or three times; the innermost sentence is the cause. */
export function innermostMessage(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) {
    return innermostMessage(error.errors[0]);
  }
  if (error instanceof Error) {
    return error.cause ? innermostMessage(error.cause) : error.message;
  }
  return String(error);
}

function mentions(error: unknown, needle: string): boolean {
  const { apiId, code, cause, errors } = (error ?? {}) as {
    readonly apiId?: string;
    readonly code?: string;
    readonly cause?: unknown;
    readonly errors?: readonly unknown[];
  };
  return (
    apiId === needle ||
    code === needle ||
    (cause !== undefined && mentions(cause, needle)) ||
    (errors ?? []).some(each => mentions(each, needle))
  );
}

/** What the error of a question to one broker means for that broker. */
export function outcomeOf(error: unknown): MemberOutcome {
  const failure = connectionFailure(error);
  if (failure === 'refusing') {
    return { state: 'refusing' };
  }
  if (failure === 'silent' || mentions(error, 'PLT_KFK_TIMEOUT')) {
    return { state: 'silent', afterSeconds: ANSWER_SECONDS };
  }
  const message = innermostMessage(error);
  if (
    mentions(error, 'SASL_AUTHENTICATION_FAILED') ||
    mentions(error, 'PLT_KFK_AUTHENTICATION')
  ) {
    return {
      state: 'unjudged',
      reason: `it refuses the user name or password (${message})`,
    };
  }
  return { state: 'unjudged', reason: message };
}
