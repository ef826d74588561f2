import { Signal } from 'backstage-plugin-database-ops-common';
import {
  HealthEvent,
  signalOf,
  unknownSignal,
} from 'backstage-plugin-database-ops-node';
import { z } from 'zod';
import { Answer } from '../findings';
import { formatSeconds } from '../format';
import { Limits } from '../Limits';

/** How long a change stays in the report. */
const SHOWN_MILLISECONDS = 3_600_000;
const SHOWN_SETTINGS = 5;

/** Commands and connection strings may hold secrets, and so may any extension's setting. */
export const SETTINGS = `
SELECT name, setting, boot_val AS initial FROM pg_settings
WHERE source NOT IN ('client', 'session', 'interactive', 'test', 'database', 'user', 'database user')
  AND name NOT LIKE '%.%'
  AND name NOT LIKE '%\\_command'
  AND category <> 'File Locations'
  AND name NOT IN ('primary_conninfo', 'primary_slot_name', 'synchronous_standby_names')
ORDER BY name`;

export const TIMELINE = `
SELECT CASE WHEN pg_is_in_recovery() THEN (SELECT timeline_id FROM pg_control_checkpoint())
            ELSE ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int END AS timeline`;

export interface SettingRow {
  readonly name: string;
  readonly setting: string | null;
  /** What it is when nobody sets it. */
  readonly initial: string | null;
}

const change = z.object({ at: z.string(), sentence: z.string() });

/** What the signals carry from report to report, so that a restart or another replica forgets nothing. */
const failoverDetails = z.object({
  primary: z.object({ member: z.string(), timeline: z.number() }),
  change: change.optional(),
});
const configurationDetails = z.object({
  member: z.string(),
  settings: z.record(z.string(), z.string().nullable()),
  change: change.optional(),
});

/** A signal, and what happened if something did. */
export interface Watched {
  readonly signal: Signal;
  readonly event?: HealthEvent;
}

/** What changed since the report before: who is primary, and how it is configured. */
export class ChangeWatch {
  readonly #limits: Limits;
  readonly #now: () => Date;

  constructor(limits: Limits, now: () => Date = () => new Date()) {
    this.#limits = limits;
    this.#now = now;
  }

  /** A change of primary or timeline is a warning for an hour: what follows the primary by name must be looked at. */
  failover(
    member: string,
    answer: Answer<readonly { readonly timeline: number }[]>,
    previous: readonly Signal[],
  ): Watched {
    const facts = { ...this.#limits.facts('failover'), member };
    if (!answer.ok) {
      return {
        signal: this.#unknown(
          'failover',
          `the timeline of ${member} could not be read: ${answer.reason}`,
          previous,
        ),
      };
    }
    const before = failoverDetails.safeParse(detailsOf(previous, 'failover'));
    const known = before.success ? before.data : undefined;
    const after = { member, timeline: answer.value[0].timeline };
    const event = known && failoverEvent(known.primary, after);
    const latest = event
      ? { at: this.#now().toISOString(), sentence: event.sentence }
      : this.#recent(known?.change);
    return {
      event,
      signal: signalOf(latest ? 'warning' : 'ok', {
        ...facts,
        value: after.timeline,
        sentence: latest
          ? `${this.#withAge(latest)}; check that backups and standbys follow it.`
          : `${member} is primary on timeline ${after.timeline}.`,
        details: { primary: after, ...(latest ? { change: latest } : {}) },
      }),
    };
  }

  /** Names what was changed, with both values; no judgement, it may well be intended. */
  configuration(
    member: string,
    answer: Answer<readonly SettingRow[]>,
    previous: readonly Signal[],
  ): Watched {
    const facts = { ...this.#limits.facts('configuration'), member };
    if (!answer.ok) {
      return {
        signal: this.#unknown(
          'configuration',
          `the settings of ${member} could not be read: ${answer.reason}`,
          previous,
        ),
      };
    }
    const before = configurationDetails.safeParse(
      detailsOf(previous, 'configuration'),
    );
    const known =
      before.success && before.data.member === member ? before.data : undefined;
    const event = known && configurationEvent(member, known.settings, answer);
    const latest = event
      ? { at: this.#now().toISOString(), sentence: event.sentence }
      : this.#recent(known?.change);
    const changedSettings = answer.value.filter(
      ({ setting, initial }) => setting !== initial,
    );
    return {
      event,
      signal: signalOf('ok', {
        ...facts,
        value: answer.value.length,
        sentence: latest
          ? `${this.#withAge(latest)}.`
          : `No setting of ${member} changed since the portal watches it, or in the last hour.`,
        details: {
          member,
          settings: Object.fromEntries(
            changedSettings.map(({ name, setting }) => [name, setting]),
          ),
          ...(latest ? { change: latest } : {}),
        },
      }),
    };
  }

  /** The same signals when no primary could be asked; what is known stays known. */
  unknown(reason: string, previous: readonly Signal[]): readonly Signal[] {
    return (['failover', 'configuration'] as const).map(id =>
      this.#unknown(
        id,
        `'${this.#limits.facts(id).title}' could not be checked: ${reason}`,
        previous,
      ),
    );
  }

  #unknown(
    id: 'failover' | 'configuration',
    sentence: string,
    previous: readonly Signal[],
  ): Signal {
    const details = detailsOf(previous, id);
    return unknownSignal({
      ...this.#limits.facts(id),
      sentence: `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.`,
      ...(details ? { details } : {}),
    });
  }

  #recent(
    latest: z.infer<typeof change> | undefined,
  ): z.infer<typeof change> | undefined {
    return latest &&
      this.#now().getTime() - Date.parse(latest.at) < SHOWN_MILLISECONDS
      ? latest
      : undefined;
  }

  #withAge({ at, sentence }: z.infer<typeof change>): string {
    const seconds = Math.max(
      0,
      (this.#now().getTime() - Date.parse(at)) / 1000,
    );
    return `${sentence}, ${formatSeconds(seconds)} ago`;
  }
}

function detailsOf(previous: readonly Signal[], id: string) {
  return previous.find(signal => signal.id === id)?.details;
}

interface Primary {
  readonly member: string;
  readonly timeline: number;
}

function failoverEvent(before: Primary, after: Primary) {
  if (before.member === after.member && before.timeline === after.timeline) {
    return undefined;
  }
  return {
    kind: 'failover',
    member: after.member,
    sentence:
      before.member === after.member
        ? `${after.member} went from timeline ${before.timeline} to ${after.timeline}: it was promoted or restored`
        : `${after.member} (timeline ${after.timeline}) is primary in place of ${before.member} (timeline ${before.timeline})`,
    before: { ...before },
    after: { ...after },
  } as const;
}

function configurationEvent(
  member: string,
  before: Readonly<Record<string, string | null>>,
  { value }: { readonly value: readonly SettingRow[] },
) {
  const changed = value
    .map(({ name, setting, initial }) => ({
      name,
      was: name in before ? before[name] : initial,
      is: setting,
    }))
    .filter(({ was, is }) => was !== is);
  if (changed.length === 0) {
    return undefined;
  }
  const words = changed
    .slice(0, SHOWN_SETTINGS)
    .map(
      ({ name, was, is }) =>
        `${name} from ${was ?? 'nothing'} to ${is ?? 'nothing'}`,
    );
  const more = changed.length - words.length;
  return {
    kind: 'configuration-changed',
    member,
    sentence: `${member} changed ${words.join(', ')}${more > 0 ? ` and ${more} more` : ''}`,
    before: Object.fromEntries(changed.map(({ name, was }) => [name, was])),
    after: Object.fromEntries(changed.map(({ name, is }) => [name, is])),
  } as const;
}
