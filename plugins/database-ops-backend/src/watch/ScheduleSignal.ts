import { Signal, describeSeconds } from 'backstage-plugin-database-ops-common';
import { signalOf } from 'backstage-plugin-database-ops-node';
import { ReadyDatabase } from '../databases/types';
import { SignalSource } from '../monitoring/types';
import { WatchedComponent } from './components';
import { WatchReader } from './WatchReader';

/** Without these no schedule leads to anything. */
const NEEDED: readonly WatchedComponent[] = ['schedules', 'dispatcher'];

/** Whether a database's schedules act in time, as one of its signals. */
export class ScheduleSignal implements SignalSource {
  readonly id = 'schedule';
  readonly title = 'Schedules';
  readonly #reader: WatchReader;
  readonly #graceSeconds: number;

  constructor(options: {
    readonly reader: WatchReader;
    readonly graceSeconds: number;
  }) {
    this.#reader = options.reader;
    this.#graceSeconds = options.graceSeconds;
  }

  async read(database: ReadyDatabase, now: Date): Promise<readonly Signal[]> {
    const active = (database.policy?.schedules ?? []).filter(
      schedule => !schedule.suspended,
    );
    if (active.length === 0) {
      return [];
    }
    const { silent, overdue, due } = await this.#reader.read();
    const about = { id: this.id, title: this.title, observedAt: now };
    const threshold = `critical above ${describeSeconds(this.#graceSeconds)}`;
    const own = overdue
      .filter(({ databaseId }) => databaseId === database.id)
      .sort((a, b) => b.overdueSeconds - a.overdueSeconds);
    if (own.length > 0) {
      return [
        signalOf('critical', {
          ...about,
          value: own[0].overdueSeconds,
          unit: 's',
          threshold,
          sentence: own.map(({ sentence }) => sentence).join(' '),
        }),
      ];
    }
    const stopped = silent.filter(({ component }) =>
      NEEDED.includes(component),
    );
    if (stopped.length > 0) {
      return [
        signalOf('critical', {
          ...about,
          sentence: stopped.map(({ sentence }) => sentence).join(' '),
        }),
      ];
    }
    const waiting = due.find(
      row => row.database_id === database.id && row.waiting_reason !== null,
    );
    return [
      signalOf('ok', {
        ...about,
        value: 0,
        unit: 's',
        threshold,
        sentence: waiting
          ? `Schedule '${waiting.name}' waits. ${waiting.waiting_reason}`
          : 'Every due run was decided in time.',
      }),
    ];
  }
}
