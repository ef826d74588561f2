import { Signal } from 'backstage-plugin-database-ops-common';
import {
  criticalSignal,
  describeThreshold,
  judge,
  okSignal,
  signalOf,
  thresholdSignal,
  unknownSignal,
  warningSignal,
} from 'backstage-plugin-database-ops-node';
import { Answer, MemberFinding, PrimaryFindings, SlotRow } from './findings';
import { formatBytes, formatSeconds } from './format';
import { matchStandbys, Standby } from './standbys';

/** From the project's objectives: a warning above 5 s, critical above 10 s. */
const LAG_SECONDS = { warning: 5, critical: 10 };
/** About what a busy primary writes in ten seconds, and in a minute or two. */
const LAG_BYTES = { warning: 100_000_000, critical: 1_000_000_000 };
/** A slot that holds this much back fills an ordinary disk within hours. */
const RETAINED_BYTES = { warning: 1_000_000_000, critical: 10_000_000_000 };

const STANDBY_THRESHOLD = 'critical when an expected standby is not streaming';
const LAG_SECONDS_THRESHOLD = describeThreshold(LAG_SECONDS, 's');
const LAG_BYTES_THRESHOLD = 'warning above 100 MB, critical above 1 GB';
const SLOTS_THRESHOLD =
  'warning when inactive or above 1 GB, critical above 10 GB or when its WAL is going';

/** Standbys, their lag, and slots; all as the primary sees them. */
export function replicationSignals(
  primary: PrimaryFindings,
  findings: readonly MemberFinding[],
  knownSlots: ReadonlyMap<string, string>,
): readonly Signal[] {
  const { replication, slots } = primary;
  if (!replication.ok) {
    return unknownReplication(
      findings.length > 1,
      `${primary.member.name}: ${replication.reason}`,
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
    standbySignal(primary, standbys),
    ...(standbys.length > 0 ? lagSignals(primary, standbys) : []),
    slotsSignal(primary.member.name, slots, standbys),
  ];
}

/** The same signals when nobody could be asked. */
export function unknownReplication(
  hasStandbys: boolean,
  reason: string,
): readonly Signal[] {
  const unknown = (id: string, title: string, threshold: string) =>
    unknownSignal({
      id,
      title,
      threshold,
      sentence: `'${title}' is not known: ${reason}.`,
    });
  return [
    unknown('standby', 'Standbys', STANDBY_THRESHOLD),
    ...(hasStandbys
      ? [
          unknown(
            'replication-lag-seconds',
            'Replication lag in seconds',
            LAG_SECONDS_THRESHOLD,
          ),
          unknown(
            'replication-lag-bytes',
            'Replication lag in bytes',
            LAG_BYTES_THRESHOLD,
          ),
        ]
      : []),
    unknown('slots', 'Replication slots', SLOTS_THRESHOLD),
  ];
}

function isStreaming({ row }: Standby): boolean {
  return row?.state === 'streaming';
}

function standbySignal(
  primary: PrimaryFindings,
  standbys: readonly Standby[],
): Signal {
  const streaming = standbys.filter(isStreaming);
  const missing = standbys.filter(standby => !isStreaming(standby));
  const facts = (sentence: string) => ({
    id: 'standby',
    title: 'Standbys',
    value: streaming.length,
    unit: '1',
    threshold: STANDBY_THRESHOLD,
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
      title: 'Replication lag in seconds',
      unit: 's',
      limits: LAG_SECONDS,
      threshold: LAG_SECONDS_THRESHOLD,
      format: formatSeconds,
      values: lags.map(({ name, seconds }) => ({ name, value: seconds })),
    }),
    lagSignal({
      id: 'replication-lag-bytes',
      title: 'Replication lag in bytes',
      unit: 'By',
      limits: LAG_BYTES,
      threshold: LAG_BYTES_THRESHOLD,
      format: formatBytes,
      values: lags.map(({ name, bytes }) => ({ name, value: bytes })),
    }),
  ];

  function lagSignal(options: {
    readonly id: string;
    readonly title: string;
    readonly unit: string;
    readonly limits: { readonly warning: number; readonly critical: number };
    readonly threshold: string;
    readonly format: (value: number) => string;
    readonly values: readonly {
      readonly name: string;
      readonly value: number | undefined;
    }[];
  }): Signal {
    const { id, title, unit, limits, threshold, format } = options;
    const measured = options.values.flatMap(({ name, value }) =>
      value === undefined ? [] : [{ name, value }],
    );
    if (measured.length === 0) {
      return unknownSignal({
        id,
        title,
        unit,
        threshold,
        sentence: `${title} is not known: ${
          away.length > 0
            ? `${away.map(({ member }) => member.name).join(', ')} is not streaming from ${primary.member.name}`
            : 'the standbys have not reported yet'
        }.`,
      });
    }
    const worst = measured.reduce((a, b) => (b.value > a.value ? b : a));
    return thresholdSignal(
      {
        id,
        title,
        unit,
        threshold,
        value: worst.value,
        member: worst.name,
        sentence: `${worst.name} replays ${format(worst.value)} behind ${primary.member.name}.${awayNote}`,
      },
      limits,
    );
  }
}

function slotsSignal(
  primaryName: string,
  slots: Answer<readonly SlotRow[]>,
  standbys: readonly Standby[],
): Signal {
  const base = {
    id: 'slots',
    title: 'Replication slots',
    unit: 'By',
    threshold: SLOTS_THRESHOLD,
    member: primaryName,
  };
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
  const status = judge(value, RETAINED_BYTES);
  if (status !== 'ok') {
    return signalOf(status, {
      ...base,
      value,
      sentence: `${describe(fullest)} holds ${formatBytes(value)} of WAL back${fullest.active ? '' : ' and is inactive'}.`,
    });
  }
  const inactive = slots.value.find(slot => !slot.active);
  if (inactive) {
    return warningSignal({
      ...base,
      value,
      sentence: `${describe(inactive)} is inactive and holds ${formatBytes(inactive.retained_bytes ?? 0)} of WAL back.`,
    });
  }
  return okSignal({
    ...base,
    value,
    sentence: `${slots.value.length === 1 ? 'The slot' : `All ${slots.value.length} slots`} on ${primaryName} ${slots.value.length === 1 ? 'is' : 'are'} active; at most ${formatBytes(value)} of WAL is held back.`,
  });
}
