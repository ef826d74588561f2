import {
  MemberOutcome,
  connectionFailure,
} from 'backstage-plugin-database-ops-node';
import { ANSWER_SECONDS } from '../RedisConnection';

/** What the error of a question to one member means for that member. */
export function outcomeOf(error: unknown): MemberOutcome {
  const failure = connectionFailure(error);
  if (failure === 'refusing') {
    return { state: 'refusing' };
  }
  const message = error instanceof Error ? error.message : String(error);
  if (failure === 'silent' || /timed out|ETIMEDOUT/i.test(message)) {
    return { state: 'silent', afterSeconds: ANSWER_SECONDS };
  }
  if (message.startsWith('LOADING')) {
    return { state: 'not-serving', reason: 'it is loading its data' };
  }
  if (/^(WRONGPASS|NOAUTH)|ERR AUTH/.test(message)) {
    return {
      state: 'unjudged',
      reason: `it refuses the user name or password (${message})`,
    };
  }
  if (message.startsWith('NOPERM')) {
    return {
      state: 'unjudged',
      reason: `the user lacks a right (${message}); docs/engines/redis.md lists what is needed`,
    };
  }
  return { state: 'unjudged', reason: message };
}
