import { Signal } from 'backstage-plugin-database-ops-common';
import { signalOf, unknownSignal } from 'backstage-plugin-database-ops-node';
import { Answer } from '../findings';
import { formatSeconds } from '../format';

/** How long a change stays in the report. */
const SHOWN_MILLISECONDS = 3_600_000;
const SHOWN_SETTINGS = 5;

/** Commands and connection strings may hold secrets, and so may any extension's setting. */
export const SETTINGS = `
SELECT name, setting FROM pg_settings
WHERE source NOT IN ('client', 'session', 'interactive', 'test', 'database', 'user', 'database user')
  AND name NOT LIKE '%.%'
  AND name NOT LIKE '%\\_command'
  AND name NOT IN ('primary_conninfo', 'primary_slot_name', 'synchronous_standby_names')
ORDER BY name`;

export const TIMELINE = `
SELECT ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int AS timeline`;

export interface SettingRow {
  readonly name: string;
  readonly setting: string | null;
}

interface Primary {
  readonly member: string;
  readonly timeline: number;
}

interface Change {
  readonly sentence: string;
  readonly at: number;
}

/** What changed since the report before: who is primary, and how it is configured. */
export class ChangeWatch {
  readonly #now: () => number;
  #primary: Primary | undefined;
  #settings: ReadonlyMap<string, string | null> | undefined;
  #settingsOf: string | undefined;
  #failover: Change | undefined;
  #configuration: Change | undefined;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** A change of primary or timeline is a warning for an hour: what follows the primary by name must be looked at. */
  failover(
    member: string,
    answer: Answer<readonly { readonly timeline: number }[]>,
  ): Signal {
    const facts = { id: 'failover', title: 'Failover', member };
    if (!answer.ok) {
      return unknownSignal({
        ...facts,
        sentence: `The timeline of ${member} could not be read: ${answer.reason}.`,
      });
    }
    const now = { member, timeline: answer.value[0].timeline };
    const before = this.#primary;
    if (
      before &&
      (before.member !== now.member || before.timeline !== now.timeline)
    ) {
      this.#failover = {
        at: this.#now(),
        sentence:
          before.member === now.member
            ? `${member} went from timeline ${before.timeline} to ${now.timeline}: it was promoted or restored`
            : `${member} (timeline ${now.timeline}) is primary in place of ${before.member} (timeline ${before.timeline})`,
      };
    }
    this.#primary = now;
    const recent = this.#recent(this.#failover);
    return signalOf(recent ? 'warning' : 'ok', {
      ...facts,
      value: now.timeline,
      unit: '1',
      threshold: 'warning for an hour after a change',
      sentence: recent
        ? `${recent}; check that backups and standbys follow it.`
        : `${member} is primary on timeline ${now.timeline}.`,
    });
  }

  /** Names what was changed, with both values; no judgement, it may well be intended. */
  configuration(member: string, answer: Answer<readonly SettingRow[]>): Signal {
    const facts = { id: 'configuration', title: 'Configuration', member };
    if (!answer.ok) {
      return unknownSignal({
        ...facts,
        sentence: `The settings of ${member} could not be read: ${answer.reason}.`,
      });
    }
    const now = new Map(
      answer.value.map(({ name, setting }) => [name, setting]),
    );
    const before = this.#settingsOf === member ? this.#settings : undefined;
    const changed = before
      ? [...now].filter(([name, setting]) => before.get(name) !== setting)
      : [];
    if (before && changed.length > 0) {
      const words = changed
        .slice(0, SHOWN_SETTINGS)
        .map(
          ([name, setting]) =>
            `${name} from ${before.get(name) ?? 'nothing'} to ${setting ?? 'nothing'}`,
        );
      const more = changed.length - words.length;
      this.#configuration = {
        at: this.#now(),
        sentence: `${member} changed ${words.join(', ')}${more > 0 ? ` and ${more} more` : ''}`,
      };
    }
    this.#settings = now;
    this.#settingsOf = member;
    const recent = this.#recent(this.#configuration);
    return signalOf('ok', {
      ...facts,
      value: now.size,
      unit: '1',
      sentence: recent
        ? `${recent}.`
        : `No setting of ${member} changed since the portal watches it, or in the last hour.`,
    });
  }

  #recent(change: Change | undefined): string | undefined {
    if (!change) {
      return undefined;
    }
    const age = this.#now() - change.at;
    return age < SHOWN_MILLISECONDS
      ? `${change.sentence}, ${formatSeconds(age / 1000)} ago`
      : undefined;
  }
}

/** The same signals when no primary could be asked. */
export function unknownChanges(reason: string): readonly Signal[] {
  return [
    { id: 'failover', title: 'Failover' },
    { id: 'configuration', title: 'Configuration' },
  ].map(facts =>
    unknownSignal({
      ...facts,
      sentence: `${facts.title} could not be checked: ${reason}.`,
    }),
  );
}
