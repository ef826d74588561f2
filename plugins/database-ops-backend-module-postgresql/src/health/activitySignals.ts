import { Signal } from 'backstage-plugin-database-ops-common';
import {
  okSignal,
  thresholdSignal,
  unknownSignal,
} from 'backstage-plugin-database-ops-node';
import { SignalId } from './definitions';
import { ConnectionsRow, PrimaryFindings } from './findings';
import { formatSeconds } from './format';
import { Limits } from './Limits';

export function activitySignals(
  { member, connections, longestTransaction }: PrimaryFindings,
  limits: Limits,
): readonly Signal[] {
  const { name } = member;
  return [
    connections.ok
      ? thresholdSignal(
          {
            ...limits.facts('connections'),
            value: Math.round(
              (100 * connections.value.used) / connections.value.available,
            ),
            member: name,
            sentence: `${connections.value.used} of ${connections.value.available} connections of ${name} are used${statesOf(connections.value)}.`,
            details: { states: { ...connections.value.states } },
          },
          limits.bounds('connections'),
        )
      : unknown('connections', `${name}: ${connections.reason}`, limits),
    longestTransaction.ok
      ? transactionSignal(name, longestTransaction.value, limits)
      : unknown(
          'longest-transaction',
          `${name}: ${longestTransaction.reason}`,
          limits,
        ),
  ];
}

/** The same signals when nobody could be asked. */
export function unknownActivity(
  reason: string,
  limits: Limits,
): readonly Signal[] {
  return (['connections', 'longest-transaction'] as const).map(id =>
    unknown(id, reason, limits),
  );
}

function unknown(id: SignalId, reason: string, limits: Limits): Signal {
  const facts = limits.facts(id);
  return unknownSignal({
    ...facts,
    sentence: `'${facts.title}' is not known: ${reason}.`,
  });
}

/** For example `: 40 active, 12 idle`; what uses them up differs by what they do. */
function statesOf({ states }: ConnectionsRow): string {
  const words = Object.entries(states)
    .sort(([, a], [, b]) => b - a)
    .map(([state, count]) => `${count} ${state}`);
  return words.length > 0 ? `: ${words.join(', ')}` : '';
}

type Transaction = Extract<
  PrimaryFindings['longestTransaction'],
  { ok: true }
>['value'];

function transactionSignal(
  name: string,
  transaction: Transaction,
  limits: Limits,
): Signal {
  const base = {
    ...limits.facts('longest-transaction'),
    member: name,
  };
  if (!transaction) {
    return okSignal({
      ...base,
      value: 0,
      sentence: `No transaction is open on ${name}.`,
    });
  }
  const { pid, usename, state, age_seconds: seconds } = transaction;
  return thresholdSignal(
    {
      ...base,
      value: Math.max(0, seconds),
      sentence: `The longest transaction on ${name} is open for ${formatSeconds(Math.max(0, seconds))} (pid ${pid}, user ${usename ?? 'unknown'}, ${state ?? 'state unknown'}).`,
    },
    limits.bounds('longest-transaction'),
  );
}
