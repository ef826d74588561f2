import { Signal } from 'backstage-plugin-database-ops-common';
import {
  criticalSignal,
  okSignal,
  signalOf,
  thresholdSignal,
  unknownSignal,
  warningSignal,
} from 'backstage-plugin-database-ops-node';
import { Answer, MemberFinding, PrimaryFindings, SlotRow } from './findings';
import { SignalId } from './definitions';
import { formatBytes, formatSeconds } from './format';
import { Limits } from './Limits';
import { matchStandbys, Standby } from './standbys';

/** Standbys, their lag, and slots; all as the primary sees them. */
export function replicationSignals(
  primary: PrimaryFindings,
  findings: readonly MemberFinding[],
  knownSlots: ReadonlyMap<string, string>,
  limits: Limits,
): readonly Signal[] {
  const { replication, slots } = primary;
  if (!replication.ok) {
    return unknownReplication(
      findings.length > 1,
      `${primary.member.name}: ${replication.reason}`,
      limits,
    );
  }
  const standbys = matchStandbys({
    primary: primary.member,
    findings,
    rows: replication.value,
    slots: slots.ok ? slots.value : [],
    knownSlots,
  });
  return [
    standbySignal(primary, standbys, limits),
    ...(standbys.length > 0 ? lagSignals(primary, standbys, limits) : []),
    slotsSignal(primary.member.name, slots, standbys, limits),
  ];
}

/** The same signals when nobody could be asked. */
export function unknownReplication(
  hasStandbys: boolean,
  reason: string,
  limits: Limits,
): readonly Signal[] {
  const ids: readonly SignalId[] = [
    'standby',
    ...(hasStandbys
      ? (['replication-lag-seconds', 'replication-lag-bytes'] as const)
      : []),
    'slots',
  ];
  return ids.map(id => {
    const facts = limits.facts(id);
    return unknownSignal({
      ...facts,
      sentence: `'${facts.title}' is not known: ${reason}.`,
    });
  });
}

function isStreaming({ row }: Standby): boolean {
  return row?.state === 'streaming';
}

function standbySignal(
  primary: PrimaryFindings,
  standbys: readonly Standby[],
  limits: Limits,
): Signal {
  const streaming = standbys.filter(isStreaming);
  const missing = standbys.filter(standby => !isStreaming(standby));
  const facts = (sentence: string) => ({
    ...limits.facts('standby'),
    value: streaming.length,
    sentence,
  });
  if (standbys.length === 0) {
    return okSignal(
      facts(
        `${primary.member.name} is the only member; no standby is expected.`,
      ),
    );
  }
  if (missing.length === 0) {
    return okSignal(
      facts(
        `${streaming.map(({ member }) => member.name).join(', ')} ${streaming.length > 1 ? 'stream' : 'streams'} from ${primary.member.name}.`,
      ),
    );
  }
  return criticalSignal({
    ...facts(`${missing.map(missingSentence).join('. ')}.`),
    member: missing[0].member.name,
  });
}

function missingSentence({ member, row, slot }: Standby): string {
  const found = row
    ? `Standby ${member.name} is not streaming yet (${row.state})`
    : `Standby ${member.name} is not streaming`;
  if (!slot) {
    return `${found}; no slot keeps WAL for it`;
  }
  if (slot.wal_status === 'lost' || slot.retained_bytes === null) {
    return `${found}; its slot ${slot.slot_name} has lost WAL that it needs: rebuild it`;
  }
  return `${found}; ${formatBytes(slot.retained_bytes)} of WAL waits in its slot`;
}

function lagSignals(
  primary: PrimaryFindings,
  standbys: readonly Standby[],
  limits: Limits,
): readonly Signal[] {
  const away = standbys.filter(standby => !isStreaming(standby));
  const awayNote =
    away.length > 0
      ? ` Not measured: ${away.map(({ member }) => member.name).join(', ')}, not streaming.`
      : '';
  const lags = standbys.filter(isStreaming).map(({ member, row }) => ({
    name: member.name,
    bytes: row?.replay_lag_bytes ?? undefined,
    // Null with nothing left to replay means no lag; null with something left means not measured yet.
    seconds:
      row?.replay_lag_seconds ?? (row?.replay_lag_bytes === 0 ? 0 : undefined),
  }));
  return [
    lagSignal({
      id: 'replication-lag-seconds',
      format: formatSeconds,
      values: lags.map(({ name, seconds }) => ({ name, value: seconds })),
    }),
    lagSignal({
      id: 'replication-lag-bytes',
      format: formatBytes,
      values: lags.map(({ name, bytes }) => ({ name, value: bytes })),
    }),
  ];

  function lagSignal(options: {
    readonly id: 'replication-lag-seconds' | 'replication-lag-bytes';
    readonly format: (value: number) => string;
    readonly values: readonly {
      readonly name: string;
      readonly value: number | undefined;
    }[];
  }): Signal {
    const { id, format } = options;
    const facts = limits.facts(id);
    const measured = options.values.flatMap(({ name, value }) =>
      value === undefined ? [] : [{ name, value }],
    );
    if (measured.length === 0) {
      return unknownSignal({
        ...facts,
        sentence: `${facts.title} is not known: ${
          away.length > 0
            ? `${away.map(({ member }) => member.name).join(', ')} is not streaming from ${primary.member.name}`
            : 'the standbys have not reported yet'
        }.`,
      });
    }
    const worst = measured.reduce((a, b) => (b.value > a.value ? b : a));
    return thresholdSignal(
      {
        ...facts,
        value: worst.value,
        member: worst.name,
        sentence: `${worst.name} replays ${format(worst.value)} behind ${primary.member.name}.${awayNote}`,
      },
      limits.bounds(id),
    );
  }
}

function slotsSignal(
  primaryName: string,
  slots: Answer<readonly SlotRow[]>,
  standbys: readonly Standby[],
  limits: Limits,
): Signal {
  const base = { ...limits.facts('slots'), member: primaryName };
  if (!slots.ok) {
    return unknownSignal({
      ...base,
      sentence: `The slots of ${primaryName} are not known: ${slots.reason}.`,
    });
  }
  if (slots.value.length === 0) {
    return okSignal({
      ...base,
      value: 0,
      sentence: `${primaryName} has no replication slot.`,
    });
  }
  const value = Math.max(...slots.value.map(slot => slot.retained_bytes ?? 0));
  const owner = (slot: SlotRow) =>
    standbys.find(standby => standby.slot === slot)?.member.name;
  const describe = (slot: SlotRow) =>
    `Slot ${slot.slot_name}${owner(slot) ? ` of ${owner(slot)}` : ''} on ${primaryName}`;
  const going = slots.value.find(
    slot => slot.wal_status === 'lost' || slot.wal_status === 'unreserved',
  );
  if (going) {
    return criticalSignal({
      ...base,
      value,
      sentence: `${describe(going)} ${going.wal_status === 'lost' ? 'has lost WAL that its consumer needs: rebuild it and drop the slot' : 'is about to lose WAL that its consumer needs'}.`,
    });
  }
  const fullest = slots.value.reduce((a, b) =>
    (b.retained_bytes ?? 0) > (a.retained_bytes ?? 0) ? b : a,
  );
  const status = limits.status('slots', value);
  if (status !== 'ok') {
    return signalOf(status, {
      ...base,
      value,
      sentence: `${describe(fullest)} holds ${formatBytes(value)} of WAL back${fullest.active ? '' : ' and is inactive'}${leftOf(fullest)}.`,
    });
  }
  const inactive = slots.value.find(slot => !slot.active);
  if (inactive) {
    return warningSignal({
      ...base,
      value,
      sentence: `${describe(inactive)} is inactive and holds ${formatBytes(inactive.retained_bytes ?? 0)} of WAL back${leftOf(inactive)}.`,
    });
  }
  const extended = slots.value.find(slot => slot.wal_status === 'extended');
  if (extended) {
    return warningSignal({
      ...base,
      value,
      sentence: `${describe(extended)} makes the primary keep more than max_wal_size, ${formatBytes(extended.retained_bytes ?? 0)}${leftOf(extended)}.`,
    });
  }
  return okSignal({
    ...base,
    value,
    sentence: `${slots.value.length === 1 ? 'The slot' : `All ${slots.value.length} slots`} on ${primaryName} ${slots.value.length === 1 ? 'is' : 'are'} active; at most ${formatBytes(value)} of WAL is held back.`,
  });
}

/** How near the end of what `max_slot_wal_keep_size` allows is; without it the disk is the end. */
function leftOf({ safe_bytes: left }: SlotRow): string {
  return left === null
    ? ''
    : `; ${formatBytes(Math.max(0, left))} more and it loses what it needs`;
}
