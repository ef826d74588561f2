import { Signal } from 'backstage-plugin-database-ops-common';
import { signalOf } from 'backstage-plugin-database-ops-node';
import { BackupReader } from '../backups/types';
import { ReadyDatabase } from '../databases/types';
import { SignalSource } from '../monitoring/types';
import { answering, knownRepositories } from '../repositories/knownInventories';
import { joinSpans, restorableSpan } from './restorableSpan';

/**
 * Whether what is in the repository can be restored: a backup whose log is
 * missing looks like any other in a list, and log behind a gap leads nowhere.
 */
export class RecoveryWindowSignal implements SignalSource {
  readonly id = 'recovery-window';
  readonly title = 'Recovery window';
  readonly #backups: Pick<BackupReader, 'listInventories'>;

  constructor(options: {
    readonly backups: Pick<BackupReader, 'listInventories'>;
  }) {
    this.#backups = options.backups;
  }

  async read(database: ReadyDatabase, now: Date): Promise<readonly Signal[]> {
    const { engine } = database.engine;
    const { verbs } = engine.describe.capabilities(database.definition.config);
    if (!verbs.includes('backup') || !database.repository) {
      return [];
    }
    const known = answering(await knownRepositories(this.#backups, database));
    const read = known.flatMap(({ inventory, restorable }) =>
      inventory
        ? [
            {
              ...inventory,
              span: restorable ?? restorableSpan(engine, inventory),
            },
          ]
        : [],
    );
    const backups = read.flatMap(inventory => inventory.backups);
    if (!backups.some(({ state }) => state === 'present')) {
      // That there is none is what the backups' age says.
      return [];
    }
    const windows = read.map(inventory =>
      engine.describe.recoveryWindow(database.id, inventory),
    );
    const to = joinSpans(read.map(({ span }) => span))?.to;
    const signal = {
      id: this.id,
      title: this.title,
      threshold:
        'critical when no backup can be restored, warning when log behind a gap cannot be reached',
      observedAt: now,
    };
    if (to === undefined) {
      return [
        signalOf('critical', {
          ...signal,
          sentence: windows.map(({ sentence }) => sentence).join(' '),
        }),
      ];
    }
    // Where another repository reaches further, nothing is lost.
    const open = windows
      .flatMap(({ intervals }) => intervals)
      .filter(({ kind }) => kind === 'gap')
      .find(gap => Date.parse(gap.to.time) > Date.parse(to));
    return [
      open
        ? signalOf('warning', {
            ...signal,
            sentence: `Nothing after ${to} can be restored, though log is archived: ${open.reason ?? 'a gap lies before it.'}`,
          })
        : signalOf('ok', {
            ...signal,
            sentence: windows.map(({ sentence }) => sentence).join(' '),
          }),
    ];
  }
}
