import { Signal } from 'backstage-plugin-database-ops-common';
import { signalOf } from 'backstage-plugin-database-ops-node';
import { SignalSource } from '../monitoring/types';
import { RestoredInstanceStore } from './RestoredInstanceStore';

const ID = 'lost-instances';
const TITLE = 'Lost restored instances';

/** Says which restored instances hold backups and log back because nobody knows what became of them; nothing when there are none. */
export function createLostSignal(
  instances: RestoredInstanceStore,
): SignalSource {
  return {
    id: ID,
    title: TITLE,
    async read(database, now): Promise<readonly Signal[]> {
      const lost = (await instances.list(database.id)).filter(
        ({ state }) => state === 'lost',
      );
      const oldest = lost.at(-1);
      if (!oldest) {
        return [];
      }
      const others = lost.length > 1 ? `, and ${lost.length - 1} more` : '';
      const held = oldest.backupId
        ? `backup ${oldest.backupId} and all log after it`
        : 'every backup';
      return [
        signalOf('warning', {
          id: ID,
          title: TITLE,
          sentence: `Restored instance ${oldest.id} on ${oldest.host} is lost${others}: retention keeps ${held} for it. Start the portal on ${oldest.host} and discard it, or give it up when that host is gone for good.`,
          value: lost.length,
          observedAt: now,
        }),
      ];
    },
  };
}
