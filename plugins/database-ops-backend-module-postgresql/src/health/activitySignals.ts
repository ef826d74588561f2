import { Signal } from 'backstage-plugin-database-ops-common';
import {
  okSignal,
  thresholdSignal,
  unknownSignal,
} from 'backstage-plugin-database-ops-node';
import { PrimaryFindings } from './findings';
import { formatSeconds } from './format';

const CONNECTIONS_PERCENT = { warning: 80, critical: 95 };
/** Five minutes hold vacuum back noticeably; half an hour bloats busy tables. */
const TRANSACTION_SECONDS = { warning: 300, critical: 1800 };

const CONNECTIONS_THRESHOLD = 'warning above 80 %, critical above 95 %';
const TRANSACTION_THRESHOLD = 'warning above 5 min, critical above 30 min';

export function activitySignals({
  member,
  connections,
  longestTransaction,
}: PrimaryFindings): readonly Signal[] {
  const { name } = member;
  return [
    connections.ok
      ? thresholdSignal(
          {
            id: 'connections',
            title: 'Connections',
            value: Math.round(
              (100 * connections.value.used) / connections.value.available,
            ),
            unit: '%',
            member: name,
            threshold: CONNECTIONS_THRESHOLD,
            sentence: `${connections.value.used} of ${connections.value.available} connections of ${name} are used.`,
          },
          CONNECTIONS_PERCENT,
        )
      : unknownConnections(`${name}: ${connections.reason}`),
    longestTransaction.ok
      ? transactionSignal(name, longestTransaction.value)
      : unknownTransaction(`${name}: ${longestTransaction.reason}`),
  ];
}

/** The same signals when nobody could be asked. */
export function unknownActivity(reason: string): readonly Signal[] {
  return [unknownConnections(reason), unknownTransaction(reason)];
}

function unknownConnections(reason: string): Signal {
  return unknownSignal({
    id: 'connections',
    title: 'Connections',
    threshold: CONNECTIONS_THRESHOLD,
    sentence: `Connections are not known: ${reason}.`,
  });
}

function unknownTransaction(reason: string): Signal {
  return unknownSignal({
    id: 'longest-transaction',
    title: 'Longest transaction',
    threshold: TRANSACTION_THRESHOLD,
    sentence: `The longest transaction is not known: ${reason}.`,
  });
}

type Transaction = Extract<
  PrimaryFindings['longestTransaction'],
  { ok: true }
>['value'];

function transactionSignal(name: string, transaction: Transaction): Signal {
  const base = {
    id: 'longest-transaction',
    title: 'Longest transaction',
    unit: 's',
    member: name,
    threshold: TRANSACTION_THRESHOLD,
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
    TRANSACTION_SECONDS,
  );
}
