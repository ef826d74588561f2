import { Signal } from 'backstage-plugin-database-ops-common';
import {
  criticalSignal,
  okSignal,
  signalOf,
  unknownSignal,
} from 'backstage-plugin-database-ops-node';
import { definitionOf } from './definitions';
import { MemberFinding } from './findings';

/** A standby counts as hearing its primary when a message came within this time; the default status interval is 10 s. */
const FRESH_MESSAGE_SECONDS = 30;

export function isWritable(finding: MemberFinding): boolean {
  return (
    finding.state !== undefined &&
    !finding.state.in_recovery &&
    !finding.state.read_only
  );
}

/**
 * Whether a member's absence means that the database is down: it is known not
 * to serve, and every other member is known not to take writes either. A
 * member that could not be asked may be the primary, so nothing follows then.
 * Silence counts only when another member's host answered: otherwise it may be
 * the portal that reaches nobody.
 */
function provesDown(
  finding: MemberFinding,
  all: readonly MemberFinding[],
): boolean {
  const standbyHearsPrimary = all.some(
    ({ walReceiver }) =>
      walReceiver?.ok === true &&
      walReceiver.value?.status === 'streaming' &&
      (walReceiver.value.seconds_since_message ?? Infinity) <
        FRESH_MESSAGE_SECONDS,
  );
  const gone =
    finding.failure?.kind === 'refused' ||
    (finding.failure?.kind === 'silent' &&
      !standbyHearsPrimary &&
      all.some(({ state, failure }) => state || failure?.kind === 'refused'));
  return (
    gone &&
    all.every(
      ({ state, failure }) =>
        state?.in_recovery ||
        failure?.kind === 'refused' ||
        failure?.kind === 'silent',
    )
  );
}

function nobodyAnswers(all: readonly MemberFinding[]): boolean {
  return all.every(({ failure }) => failure?.kind === 'silent');
}

function checkNetwork(all: readonly MemberFinding[]): string {
  return `check the network between the portal and ${names(all)}`;
}

export function reachableSignals(
  findings: readonly MemberFinding[],
): readonly Signal[] {
  return findings.map(finding => reachableSignal(finding, findings));
}

function reachableSignal(
  finding: MemberFinding,
  all: readonly MemberFinding[],
): Signal {
  const { member, state, failure } = finding;
  const address = `${member.host}:${member.port}`;
  const facts = (sentence: string) => ({
    id: `reachable.${member.name}`,
    title: `${member.name} reachable`,
    member: member.name,
    threshold: definitionOf('reachable').rule,
    sentence,
  });
  if (state) {
    const role = state.in_recovery ? 'standby' : 'primary';
    return okSignal(facts(`${member.name} answers on ${address} as ${role}.`));
  }
  if (failure.kind === 'unasked') {
    return unknownSignal(
      facts(`${member.name} could not be checked: ${failure.reason}.`),
    );
  }
  if (failure.kind === 'full') {
    return criticalSignal(
      facts(
        `${member.name} has no connection left (${failure.reason}); end idle sessions or raise max_connections.`,
      ),
    );
  }
  const isSilent = failure.kind === 'silent';
  const found = isSilent
    ? `does not answer on ${address} (${failure.reason})`
    : `refuses connections on ${address} (${failure.reason})`;
  if (provesDown(finding, all)) {
    return criticalSignal({
      ...facts(
        `${member.name} ${found}; ${othersSentence(finding, all)}. ${isSilent ? 'Check its host and the way to it first; then start it' : 'Start it'}, or promote a standby.`,
      ),
      down: true,
    });
  }
  const advice = isSilent ? '; check its host and the way to it first' : '';
  if (all.some(isWritable)) {
    return criticalSignal(facts(`Standby ${member.name} ${found}${advice}.`));
  }
  if (nobodyAnswers(all)) {
    return unknownSignal(
      facts(`${member.name} ${found}; ${checkNetwork(all)}.`),
    );
  }
  // Not known to be down: a standby hears its primary, or another member could not be asked.
  return signalOf(
    isSilent ? 'unknown' : 'critical',
    facts(`${member.name} ${found}${advice}.`),
  );
}

function othersSentence(
  finding: MemberFinding,
  all: readonly MemberFinding[],
): string {
  const others = all
    .filter(other => other !== finding)
    .map(({ member, state }) =>
      state ? `${member.name} is a standby` : `${member.name} is away too`,
    );
  return others.length > 0
    ? `no other member takes writes (${others.join(', ')})`
    : 'it is the only member';
}

/** Whether the database takes writes. */
export function writableSignal(findings: readonly MemberFinding[]): Signal {
  const facts = (sentence: string) => ({
    id: 'writable',
    title: definitionOf('writable').title,
    threshold: definitionOf('writable').rule,
    sentence,
  });
  const writable = findings.find(isWritable);
  if (writable) {
    return okSignal({
      ...facts(`${writable.member.name} takes writes.`),
      member: writable.member.name,
    });
  }
  const readOnly = findings.find(
    ({ state }) => state && !state.in_recovery && state.read_only,
  );
  if (readOnly) {
    return criticalSignal({
      ...facts(
        `Primary ${readOnly.member.name} refuses writes: default_transaction_read_only is on.`,
      ),
      member: readOnly.member.name,
    });
  }
  const unasked = findings.find(
    ({ failure }) => failure?.kind === 'unasked' || failure?.kind === 'full',
  );
  if (unasked) {
    return unknownSignal(
      facts(
        `Whether the database takes writes is not known: ${unasked.member.name}: ${unasked.failure?.reason}.`,
      ),
    );
  }
  const away = findings.filter(({ failure }) => failure);
  if (away.length === 0) {
    return criticalSignal({
      ...facts(
        `No member takes writes: ${names(findings)} ${findings.length > 1 ? 'are' : 'is'} in recovery. Promote one.`,
      ),
      down: true,
    });
  }
  if (nobodyAnswers(findings)) {
    return unknownSignal(
      facts(
        `Whether the database takes writes is not known: ${failureReasons(findings)}; ${checkNetwork(findings)}.`,
      ),
    );
  }
  return away.some(finding => provesDown(finding, findings))
    ? criticalSignal(
        facts(`No member takes writes: ${names(away)} does not answer.`),
      )
    : unknownSignal(
        facts(
          `Whether the database takes writes is not known: ${names(away)} does not answer.`,
        ),
      );
}

/** Exactly one primary, and every member of one system. */
export function roleSignal(findings: readonly MemberFinding[]): Signal {
  const primaries = findings.filter(({ state }) => state && !state.in_recovery);
  const facts = (sentence: string) => ({
    id: 'role',
    title: definitionOf('role').title,
    value: primaries.length,
    unit: '1',
    threshold: definitionOf('role').rule,
    sentence,
  });
  const systems = new Set(
    findings.flatMap(({ state }) => state?.system_identifier ?? []),
  );
  if (systems.size > 1) {
    return criticalSignal(
      facts(
        `The members are of ${systems.size} different systems (${[...systems].join(', ')}); one address leads to another database.`,
      ),
    );
  }
  if (primaries.length > 1) {
    return criticalSignal(
      facts(
        `${primaries.length} members are primary: ${names(primaries)}. Stop the one that is not meant to be.`,
      ),
    );
  }
  if (primaries.length === 1) {
    return okSignal({
      ...facts(`${primaries[0].member.name} is the only primary.`),
      member: primaries[0].member.name,
    });
  }
  const away = findings.filter(({ failure }) => failure);
  if (away.length > 0) {
    return unknownSignal({
      ...facts(
        `Which member is primary is not known: ${failureReasons(findings)}.`,
      ),
      value: undefined,
    });
  }
  return criticalSignal(facts('No member is primary.'));
}

/** Why members could not be asked, each reason once; empty when all could. */
export function failureReasons(findings: readonly MemberFinding[]): string {
  const byReason = new Map<string, string[]>();
  for (const { member, failure } of findings) {
    if (failure) {
      byReason.set(failure.reason, [
        ...(byReason.get(failure.reason) ?? []),
        member.name,
      ]);
    }
  }
  return [...byReason]
    .map(([reason, members]) => `${members.join(', ')}: ${reason}`)
    .join('; ');
}

function names(findings: readonly MemberFinding[]): string {
  return findings.map(({ member }) => member.name).join(', ');
}
