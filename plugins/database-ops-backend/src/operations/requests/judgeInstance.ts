import { ConflictError, InputError } from '@backstage/errors';
import { RestoredInstance } from 'backstage-plugin-database-ops-common';
import { BackupStore } from '../../backups/BackupStore';
import { resolveOn } from '../../reachability/resolveOn';
import { knownRepositories } from '../../repositories/knownInventories';
import { repositoryIdOf } from '../../repositories/repositoriesOf';
import { RestoredInstanceStore } from '../../restored-instances/RestoredInstanceStore';
import {
  findKeptInstance,
  modeOfInstance,
  requireConfirmation,
} from './judgeDiscard';
import { JudgeRequest } from './types';

function requireState(
  instance: RestoredInstance,
  states: readonly RestoredInstance['state'][],
  verb: string,
): void {
  if (!states.includes(instance.state)) {
    throw new ConflictError(
      `Restored instance '${instance.id}' is ${instance.state}; only one that is ${states.join(' or ')} can be ${verb}.`,
    );
  }
}

/** A later moment of a paused instance, on the timeline it is on. */
export function createAdvanceJudge(
  instances: RestoredInstanceStore,
  backups: BackupStore,
): JudgeRequest {
  return async ({ database, parameters }) => {
    const instance = await findKeptInstance(instances, database.id, parameters);
    requireState(instance, ['paused'], 'moved to a later moment');
    const { restoredInstanceId: _id, ...own } = parameters;
    if (own.kind === 'xid' || own.kind === 'name') {
      // Where it lies is known only when recovery has met it, or passed its end.
      throw new InputError(
        `A restored instance is moved to a time or a position, not to a ${own.kind === 'xid' ? 'transaction' : 'restore point'}: look up its position, or restore again to it.`,
      );
    }
    const { moment } = instance;
    const wanted = {
      ...own,
      ...(moment?.timeline === undefined ? {} : { timeline: moment.timeline }),
    };
    const {
      reachable,
      sentence,
      moment: target,
    } = resolveOn(
      database,
      await knownRepositories(backups, database),
      wanted,
      // Its server reads log from the repository that it was restored from.
      repositoryIdOf(database, instance.repositoryId),
    );
    if (!reachable) {
      throw new InputError(sentence);
    }
    if (moment && target && Date.parse(target.time) < Date.parse(moment.time)) {
      throw new InputError(
        `Restored instance '${instance.id}' is at ${moment.time}, which is later than ${target.time}; recovery does not go back: restore again to that moment.`,
      );
    }
    return {
      parameters: { ...wanted, restoredInstanceId: instance.id },
      placementHost: instance.host,
      repositoryId: instance.repositoryId,
    };
  };
}

/** An instance that becomes a server of its own, on the host that holds it. */
export function createPromoteJudge(
  instances: RestoredInstanceStore,
): JudgeRequest {
  return async ({ database, parameters, confirmation }) => {
    const instance = await findKeptInstance(instances, database.id, parameters);
    requireConfirmation(instance, confirmation);
    // Of one in the place of its source whose worker died, only the host knows whether it runs.
    requireState(
      instance,
      instance.mode === 'in-place'
        ? ['paused', 'running', 'lost']
        : ['paused', 'running'],
      'promoted',
    );
    return {
      parameters: {
        restoredInstanceId: instance.id,
        ...modeOfInstance(instance),
      },
      placementHost: instance.host,
      repositoryId: instance.repositoryId,
    };
  };
}
