import { Proof, Signal } from 'backstage-plugin-database-ops-common';
import { signalOf } from 'backstage-plugin-database-ops-node';
import { ReadyDatabase } from '../databases/types';
import { SignalSource } from '../monitoring/types';
import { ScheduleDefinition } from '../policies/types';
import { repositoriesOf, repositoryIdOf } from '../repositories/repositoriesOf';
import { signalOfRepository } from '../repositories/signalOfRepository';
import { lastDues } from '../schedule/scheduleTimes';
import { ARCHIVING_DEPTH } from './depths';
import { ProofStore } from './ProofStore';

/** Waiting in the queue, and the check itself. */
const GRACE_SECONDS = 3600;

/**
 * Whether WAL reached the archive when it was last tried. A check that its
 * schedule should have repeated by now says nothing any more.
 */
export class ArchiveCheckSignal implements SignalSource {
  readonly id = 'archive-check';
  readonly title = 'Check of archiving';
  readonly #proofs: Pick<ProofStore, 'newestOf'>;

  constructor(options: { readonly proofs: Pick<ProofStore, 'newestOf'> }) {
    this.#proofs = options.proofs;
  }

  /** Of each repository on its own; none before its first check. */
  async read(database: ReadyDatabase, now: Date): Promise<readonly Signal[]> {
    const proofs = await this.#proofs.newestOf(database.id, ARCHIVING_DEPTH);
    return repositoriesOf(database).flatMap((repository, index) => {
      const isHere = (id: string | undefined) =>
        repositoryIdOf(database, id) === repository.id;
      const proof = proofs.find(({ repositoryId }) => isHere(repositoryId));
      if (!proof) {
        return [];
      }
      const due = dueSince(
        (database.policy?.schedules ?? []).filter(({ parameters }) =>
          isHere(parameters?.repositoryId?.toString()),
        ),
        now,
      );
      return [
        signalOfRepository(this.#judge(proof, due, now), {
          repository,
          index,
        }),
      ];
    });
  }

  #judge(proof: Proof, due: Date | undefined, now: Date): Signal {
    const about = { id: this.id, title: this.title, observedAt: now };
    const { seconds } = proof.facts ?? {};
    const measured =
      typeof seconds === 'number' ? { value: seconds, unit: 's' } : {};
    if (due && Date.parse(proof.endedAt) < due.getTime()) {
      return signalOf('unknown', {
        ...about,
        sentence: `Whether WAL reaches the archive was last checked at ${proof.endedAt}; a check was due at ${due.toISOString()}. Verify with depth '${ARCHIVING_DEPTH}', and look at what keeps the schedule from it.`,
      });
    }
    return signalOf(statusOf(proof), {
      ...about,
      ...measured,
      sentence: `${proof.sentence} Checked at ${proof.endedAt}.`,
    });
  }
}

function statusOf({ state }: Proof) {
  if (state === 'proved') {
    return 'ok';
  }
  return state === 'failed' ? 'critical' : 'unknown';
}

/** The last time at which a check should have begun and been over by now. */
function dueSince(
  schedules: readonly ScheduleDefinition[],
  now: Date,
): Date | undefined {
  return schedules
    .filter(
      ({ kind, parameters, suspended }) =>
        kind === 'verify' &&
        parameters?.depth === ARCHIVING_DEPTH &&
        !suspended,
    )
    .flatMap(schedule =>
      lastDues(
        schedule,
        new Date(
          now.getTime() - (GRACE_SECONDS + schedule.jitterSeconds) * 1000,
        ),
        1,
      ),
    )
    .sort((a, b) => b.getTime() - a.getTime())
    .at(0);
}
