import { Backup, Moment, Proof } from 'backstage-plugin-database-ops-common';
import { backupKey } from '../backup/backupKey';
import { formatUtcAndYours } from '../time/format';
import { extentOf, Lane, markMs, snap } from './lanes';

/** A moment on a branch. */
export interface Picked {
  readonly laneId: string;
  readonly ms: number;
}

/** A moment that can be taken with one choice. */
export interface QuickPick {
  readonly id: string;
  readonly label: string;
  readonly moment: Moment;
}

/** The newest moment of the newest branch of which anything can be restored. */
export function newestOf(lanes: readonly Lane[]): Picked | undefined {
  for (const lane of lanes) {
    const ms = snap(lane, extentOf([lane])?.toMs ?? 0);
    if (ms !== undefined) {
      return { laneId: lane.id, ms };
    }
  }
  return undefined;
}

/** The moments that have a name: the newest, what was proved, backups' ends. */
export function quickPicks(
  lane: Lane,
  backups: readonly Backup[],
  proofs: readonly Proof[],
): { readonly group: string; readonly picks: readonly QuickPick[] }[] {
  const { timeline } = lane;
  const newest = newestOf([lane]);
  return [
    {
      group: 'Newest',
      picks: newest
        ? [
            {
              id: 'latest',
              label: 'Latest moment of this timeline',
              moment: { time: new Date(newest.ms).toISOString(), timeline },
            },
          ]
        : [],
    },
    {
      group: 'Proved moments',
      picks: proofs.flatMap(proof =>
        proof.state === 'proved' && proof.moment
          ? [
              {
                id: `proof ${proof.id}`,
                label: `${formatUtcAndYours(proof.moment.time)}, restored by a verification`,
                moment: proof.moment,
              },
            ]
          : [],
      ),
    },
    {
      group: 'Ends of backups',
      picks: backups.map(backup => ({
        id: `backup ${backupKey(backup)}`,
        label: `${formatUtcAndYours(backup.stoppedAt)}, ${backup.type} ${backup.id}`,
        moment: {
          time: new Date(markMs(backup)).toISOString(),
          timeline: backup.to?.timeline ?? timeline,
        },
      })),
    },
  ].filter(({ picks }) => picks.length > 0);
}
