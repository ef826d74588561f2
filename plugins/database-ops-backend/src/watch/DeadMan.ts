import { LoggerService } from '@backstage/backend-plugin-api';
import { toError } from '@backstage/errors';
import { DatabaseCatalog } from '../databases/types';
import { Heartbeats } from '../metrics/Heartbeats';
import { Announcement, Announcements } from '../notify/Announcements';
import { SilentComponent } from './components';
import { OverdueSchedule } from './overdueSchedules';
import { WatchReader } from './WatchReader';

/**
 * Notices that the scheduler, the dispatcher, the health loop, reconciliation
 * or a database's schedules did not act in time, and tells people. A plain
 * timer in each replica: it needs none of them, nor the portal's scheduler.
 */
export class DeadMan {
  readonly #reader: WatchReader;
  readonly #heartbeats: Heartbeats;
  readonly #announcements: Announcements;
  readonly #databases: DatabaseCatalog;
  readonly #operators: readonly string[];
  readonly #logger: LoggerService;
  readonly #intervalSeconds: number;
  readonly #told = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #checking = false;

  constructor(options: {
    readonly reader: WatchReader;
    readonly heartbeats: Heartbeats;
    readonly announcements: Announcements;
    readonly databases: DatabaseCatalog;
    readonly operators: readonly string[];
    readonly logger: LoggerService;
    readonly intervalSeconds: number;
  }) {
    this.#reader = options.reader;
    this.#heartbeats = options.heartbeats;
    this.#announcements = options.announcements;
    this.#databases = options.databases;
    this.#operators = options.operators;
    this.#logger = options.logger;
    this.#intervalSeconds = options.intervalSeconds;
  }

  start(): void {
    this.#timer = setInterval(() => this.#turn(), this.#intervalSeconds * 1000);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Looks at everything but itself, and beats. */
  async check(): Promise<void> {
    const { silent, overdue } = await this.#reader.read();
    await this.#tell([
      ...silent
        .filter(({ component }) => component !== 'watch')
        .map(component => this.#ofComponent(component)),
      ...overdue.map(schedule => this.#ofSchedule(schedule)),
    ]);
    await this.#heartbeats.beat('watch');
  }

  /** Looks at this timer itself; for the scheduler to ask. */
  async checkWatch(): Promise<void> {
    const { silent } = await this.#reader.read();
    await this.#tell(
      silent
        .filter(({ component }) => component === 'watch')
        .map(component => this.#ofComponent(component)),
    );
  }

  /** A check that hangs is not followed by another: its silence is noticed. */
  async #turn(): Promise<void> {
    if (this.#checking) {
      return;
    }
    this.#checking = true;
    try {
      await this.check();
    } catch (thrown) {
      this.#logger.error(
        `The watch over schedules could not look: ${toError(thrown).message}`,
      );
    } finally {
      this.#checking = false;
    }
  }

  async #tell(findings: readonly Announcement[]): Promise<void> {
    for (const finding of findings) {
      const key = finding.onceKey ?? finding.scope;
      if (!this.#told.has(key)) {
        this.#told.add(key);
        this.#logger.error(`${finding.title}. ${finding.description}`);
      }
      await this.#announcements.announce(finding);
    }
  }

  #ofComponent(silent: SilentComponent): Announcement {
    return {
      event: 'overdue',
      title: `${silent.name} of the portal's database operations is silent`,
      description: `${silent.sentence} Restart the portal; the runbook DatabaseOpsAbsent says where to look first.`,
      link: '/database-ops',
      scope: `database-ops:watch:${silent.component}`,
      onceKey: `overdue:component:${silent.component}@${silent.beatAt?.toISOString() ?? 'never'}`,
      recipients: this.#operators.length > 0 ? [] : this.#owners(),
    };
  }

  #ofSchedule(overdue: OverdueSchedule): Announcement {
    const { databaseId, name, dueAt, sentence } = overdue;
    const title = this.#databases.get(databaseId)?.title ?? databaseId;
    return {
      event: 'overdue',
      databaseId,
      title: `Schedule '${name}' of ${title} is overdue`,
      description: `${sentence} The runbook ScheduleOverdue says where to look first; until then start it by hand.`,
      scope: `database-ops:${databaseId}:schedule:${name}`,
      onceKey: `overdue:${databaseId}/${name}@${dueAt ?? 'unknown'}`,
    };
  }

  /** Where nobody is named for what concerns all databases, their owners hear of it. */
  #owners(): readonly string[] {
    return [
      ...new Set(
        this.#databases
          .list()
          .flatMap(({ owner }) => (owner === undefined ? [] : [owner])),
      ),
    ];
  }
}
