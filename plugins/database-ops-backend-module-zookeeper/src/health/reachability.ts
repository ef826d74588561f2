import {
  MemberOutcome,
  connectionFailure,
} from 'backstage-plugin-database-ops-node';
import { AccessRefusedError, NoSessionError } from '../ZooKeeperSession';

/** What the error of a question to one server means for that server. */
export function outcomeOf(
  error: unknown,
  answerSeconds: number,
): MemberOutcome {
  const failure = connectionFailure(error);
  if (failure === 'refusing') {
    return { state: 'refusing' };
  }
  if (failure === 'silent') {
    return { state: 'silent', afterSeconds: answerSeconds };
  }
  if (error instanceof NoSessionError) {
    return {
      state: 'not-serving',
      reason: `${error.message}, as a server without a quorum does`,
    };
  }
  const reason = error instanceof Error ? error.message : String(error);
  return {
    state: 'unjudged',
    reason:
      error instanceof AccessRefusedError
        ? `${reason}; docs/engines/zookeeper.md says how to grant it`
        : reason,
  };
}
