import { InputError, NotFoundError } from '@backstage/errors';
import { BackupStore } from '../backups/BackupStore';
import { AuthorizedDatabases } from '../databases/AuthorizedDatabases';
import { isReady } from '../databases/types';
import { estimateRestore } from '../reachability/estimateRestore';
import { resolveOn } from '../reachability/resolveOn';
import { knownRepositories } from '../repositories/knownInventories';
import { findRepository } from '../repositories/repositoriesOf';
import { RestoredInstanceStore } from '../restored-instances/RestoredInstanceStore';
import { CallerOf, numberOf } from './callerOf';
import { ApiRouter } from './types';

/** Whether a moment can be restored; judged as a request for it would be. */
export function addReachabilityRoutes(
  router: ApiRouter,
  options: {
    readonly callerOf: CallerOf;
    readonly databases: AuthorizedDatabases;
    readonly backups: BackupStore;
    readonly instances: RestoredInstanceStore;
  },
): void {
  const { callerOf, databases, backups, instances } = options;

  router.get('/databases/:databaseId/reachability', async (req, res) => {
    const database = await databases.readable(
      await callerOf(req),
      req.params.databaseId,
    );
    if (!isReady(database)) {
      throw new NotFoundError(
        `Database '${database.id}' is quarantined, nothing of it can be reached; correct ${database.quarantine.path}.`,
      );
    }
    const { time, lsn } = req.query;
    if ((time === undefined) === (lsn === undefined)) {
      throw new InputError('Give either time or lsn.');
    }
    const timeline = numberOf(req.query.timeline);
    const { parameters, ...found } = resolveOn(
      database,
      await knownRepositories(backups, database),
      {
        ...(time === undefined ? { kind: 'lsn', lsn } : { kind: 'time', time }),
        ...(timeline === undefined ? {} : { timeline }),
      },
    );
    const backup = found.backupId
      ? await backups.get(database.id, found.backupId)
      : undefined;
    const facts = (await instances.list(database.id)).map(
      instance => instance.facts ?? {},
    );
    const estimate =
      found.reachable &&
      estimateRestore(facts, {
        fetchBytes: backup?.sizeBytes ?? 0,
        replayBytes: found.replayBytes ?? 0,
      });
    const breakGlass =
      backup && parameters && database.repository
        ? database.engine.engine.observe.breakGlass?.(
            database.definition,
            findRepository(database, found.repositoryId),
            backup,
            parameters,
          )
        : undefined;
    res.json({
      ...found,
      ...(estimate || {}),
      ...(breakGlass ? { breakGlass: [...breakGlass] } : {}),
    });
  });
}
