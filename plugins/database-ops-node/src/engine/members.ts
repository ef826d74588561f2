import { Signal } from 'backstage-plugin-database-ops-common';
import { criticalSignal, okSignal, signalOf, unknownSignal } from './signals';
import { DatabaseMember } from './description';

/**
 * What asking one member gave.
 *
 * - `answering`: it did what was asked.
 * - `refusing`: nothing listens on its port; the member itself is known to be away.
 * - `silent`: it did not answer in time.
 * - `not-serving`: it answered that it cannot serve, for example while it loads its data.
 * - `unjudged`: the question could not be asked: wrong password, certificate, name.
 *
 * @public
 */
export type MemberOutcome =
  | { readonly state: 'answering' }
  | { readonly state: 'refusing' }
  | { readonly state: 'silent'; readonly afterSeconds: number }
  | { readonly state: 'not-serving'; readonly reason: string }
  | { readonly state: 'unjudged'; readonly reason: string };

/** @public */
export interface MemberFinding {
  readonly member: DatabaseMember;
  readonly outcome: MemberOutcome;
  /** What follows from a member's absence, for example `its replica b was promoted`. */
  readonly consequence?: string;
}

/**
 * A signal of each member, `member.<name>`, and one of all of them, `members`,
 * which comes first.
 *
 * A silent member counts as lost only when another one answers: then the way
 * to the database is known to be open. When every member refuses or cannot
 * serve, the database is down.
 *
 * @param noun - what a member is called, for example `broker`
 * @public
 */
export function memberSignals(
  findings: readonly MemberFinding[],
  noun = 'member',
): readonly Signal[] {
  const answering = findings.filter(
    ({ outcome }) => outcome.state === 'answering',
  );
  const signals = findings.map(finding =>
    memberSignal(finding, answering.length > 0),
  );
  return [summarySignal(findings, signals, noun), ...signals];
}

function memberSignal(
  { member, outcome, consequence }: MemberFinding,
  anotherAnswers: boolean,
): Signal {
  const address = `${member.host}:${member.port}`;
  const facts = (sentence: string) => ({
    id: `member.${member.name}`,
    title: member.name,
    member: member.name,
    threshold: 'answers an authenticated request',
    sentence: consequence ? `${sentence}; ${consequence}.` : `${sentence}.`,
  });
  switch (outcome.state) {
    case 'answering':
      return okSignal(facts(`${member.name} answers on ${address}`));
    case 'refusing':
      return criticalSignal(
        facts(`${member.name} refuses connections on ${address}`),
      );
    case 'not-serving':
      return criticalSignal(
        facts(`${member.name} on ${address} does not serve: ${outcome.reason}`),
      );
    case 'silent':
      return signalOf(
        anotherAnswers ? 'critical' : 'unknown',
        facts(
          `${member.name} gave no answer on ${address} within ${outcome.afterSeconds} s`,
        ),
      );
    default:
      return unknownSignal(
        facts(
          `${member.name} on ${address} could not be checked: ${outcome.reason}`,
        ),
      );
  }
}

function summarySignal(
  findings: readonly MemberFinding[],
  signals: readonly Signal[],
  noun: string,
): Signal {
  const well = signals.filter(({ status }) => status === 'ok').length;
  const unwell = signals.filter(({ status }) => status !== 'ok');
  const away = findings.filter(
    ({ outcome }) =>
      outcome.state === 'refusing' || outcome.state === 'not-serving',
  );
  const facts = (sentence: string) => ({
    id: 'members',
    title: `${noun[0].toUpperCase()}${noun.slice(1)}s`,
    value: well,
    unit: '1',
    threshold: `critical below ${findings.length}`,
    sentence,
  });
  if (unwell.length === 0) {
    return okSignal(facts(`All ${findings.length} ${noun}s answer.`));
  }
  const names = unwell.map(({ member }) => member).join(', ');
  if (away.length === findings.length) {
    const how = away.every(({ outcome }) => outcome.state === 'refusing')
      ? 'refuse connections'
      : 'do not serve';
    return criticalSignal({
      ...facts(`All ${findings.length} ${noun}s ${how}: ${names}.`),
      down: true,
    });
  }
  if (unwell.length === 1) {
    return signalOf(unwell[0].status, facts(unwell[0].sentence));
  }
  const lost = unwell.filter(({ status }) => status === 'critical');
  const [concerned, found] =
    lost.length > 0 ? [lost, 'are lost'] : [unwell, 'could not be checked'];
  if (concerned.length === 1) {
    return signalOf('critical', facts(concerned[0].sentence));
  }
  const who = concerned.map(({ member }) => member).join(', ');
  return signalOf(
    concerned[0].status,
    facts(
      `${concerned.length} of ${findings.length} ${noun}s ${found}: ${who}. ${concerned[0].sentence}`,
    ),
  );
}

/**
 * What a failed connection says about the other side. Drivers hide the
 * socket's error in `cause` or in an `AggregateError`: those are looked into.
 *
 * @returns `undefined` when it is neither a refusal nor a time-out
 * @public
 */
export function connectionFailure(
  error: unknown,
): 'refusing' | 'silent' | undefined {
  for (const inner of errorChain(error)) {
    const { code, name } = inner as { code?: unknown; name?: unknown };
    if (code === 'ECONNREFUSED') {
      return 'refusing';
    }
    if (
      code === 'ETIMEDOUT' ||
      code === 'EHOSTUNREACH' ||
      name === 'TimeoutError'
    ) {
      return 'silent';
    }
  }
  return undefined;
}

/** An error, what it wraps and what those wrap, outermost first. */
function errorChain(error: unknown): readonly object[] {
  if (typeof error !== 'object' || error === null) {
    return [];
  }
  const { cause, errors } = error as { cause?: unknown; errors?: unknown };
  return [
    error,
    ...errorChain(cause),
    ...(Array.isArray(errors) ? errors.flatMap(errorChain) : []),
  ];
}
