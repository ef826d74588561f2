import { NotFoundError } from '@backstage/errors';
import { Backup } from 'backstage-plugin-database-ops-common';
import { BackupStore } from '../backups/BackupStore';
import { AuthorizedDatabases } from '../databases/AuthorizedDatabases';
import { ManagedDatabase, isReady } from '../databases/types';
import { Monitoring } from '../monitoring/types';
import { backupKey, ProofStore } from '../proofs/ProofStore';
import { windowOf } from '../reachability/windowOf';
import { knownRepositories } from '../repositories/knownInventories';
import {
  findRepository,
  hasSeveralRepositories,
  repositoryIdOf,
  storedAs,
} from '../repositories/repositoriesOf';
import { LostInstances } from '../restored-instances/LostInstances';
import { RestoredInstanceStore } from '../restored-instances/RestoredInstanceStore';
import { AuthorizedPins } from '../retention/pins/AuthorizedPins';
import { SummaryService } from '../summary/SummaryService';
import { CallerOf, numberOf } from './callerOf';
import { addReachabilityRoutes } from './reachabilityRoutes';
import { ApiRouter } from './types';

/** What the routes of databases read from. */
export interface DatabaseRouteOptions {
  readonly callerOf: CallerOf;
  readonly databases: AuthorizedDatabases;
  readonly backups: BackupStore;
  readonly instances: RestoredInstanceStore;
  readonly lostInstances: LostInstances;
  readonly proofs: ProofStore;
  readonly pins: Pick<AuthorizedPins, 'pinnedBackups'>;
  readonly monitoring: Monitoring;
  readonly summary: SummaryService;
}

function withBreakGlass(database: ManagedDatabase, backup: Backup): Backup {
  if (!isReady(database) || !database.repository) {
    return backup;
  }
  const { observe } = database.engine.engine;
  const repositoryId = repositoryIdOf(database, backup.repositoryId);
  const repository = findRepository(database, repositoryId);
  const breakGlass = observe.breakGlass?.(
    database.definition,
    repository,
    backup,
  );
  return {
    ...backup,
    repositoryId,
    ...(breakGlass ? { breakGlass: [...breakGlass] } : {}),
  };
}

/** Databases and what belongs to one; each route goes through {@link AuthorizedDatabases}. */
export function addDatabaseRoutes(
  router: ApiRouter,
  options: DatabaseRouteOptions,
): void {
  const { callerOf, databases, backups, instances, monitoring } = options;

  router.get('/summary', async (req, res) => {
    res.json(await options.summary.get(await callerOf(req)));
  });

  router.get('/databases', async (req, res) => {
    const page = await databases.list(await callerOf(req), {
      ...req.query,
      limit: numberOf(req.query.limit),
    });
    res.json({ ...page, items: [...page.items] });
  });

  router.get('/databases/:databaseId', async (req, res) => {
    res.json(await databases.get(await callerOf(req), req.params.databaseId));
  });

  router.get('/databases/:databaseId/health', async (req, res) => {
    const { id } = await databases.readable(
      await callerOf(req),
      req.params.databaseId,
    );
    const health = await monitoring.health.getReport(id);
    if (!health) {
      throw new NotFoundError(
        `Database '${id}' has no health report yet; one follows when its first check has ended.`,
      );
    }
    res.json(health.report);
  });

  router.get('/databases/:databaseId/backups', async (req, res) => {
    const database = await databases.readable(
      await callerOf(req),
      req.params.databaseId,
    );
    const page = await backups.list(database.id, {
      limit: numberOf(req.query.limit),
      cursor: req.query.cursor,
    });
    const inventories = await backups.listInventories(database.id);
    // Of one that does not answer nobody knows what it still holds.
    const silent = new Set(
      isReady(database) && hasSeveralRepositories(database)
        ? inventories.flatMap(({ stored, unreachable }) =>
            unreachable === undefined ? [] : [stored],
          )
        : [],
    );
    const proved = await options.proofs.provedBackups(database.id);
    const pinned = await options.pins.pinnedBackups(
      await callerOf(req),
      database.id,
    );
    res.json({
      ...page,
      items: page.items.map(backup => ({
        ...withBreakGlass(database, backup),
        ...(silent.has(storedAs(database, backup.repositoryId)) &&
        backup.state !== 'missing'
          ? { state: 'unknown' as const }
          : {}),
        proved: proved.get(
          backupKey(storedAs(database, backup.repositoryId), backup.id),
        ),
        pinned: pinned.has(backup.id),
      })),
      // No part of it is newer than the oldest look.
      inventoryObservedAt: inventories
        .map(({ inventory }) => inventory.observedAt)
        .sort()
        .at(0),
    });
  });

  router.get('/databases/:databaseId/recovery-window', async (req, res) => {
    const database = await databases.readable(
      await callerOf(req),
      req.params.databaseId,
    );
    if (!isReady(database)) {
      throw new NotFoundError(
        `Database '${database.id}' is quarantined and has no recovery window; correct ${database.quarantine.path}.`,
      );
    }
    const health = await monitoring.health.getReport(database.id);
    const window = windowOf(
      database,
      await knownRepositories(backups, database),
      {
        health: health?.report,
        proofs: await options.proofs.provedMoments(database.id),
        backups: await backups.listPresent(database.id),
      },
    );
    res.json({ ...window, intervals: [...window.intervals] });
  });

  addReachabilityRoutes(router, options);

  router.get('/databases/:databaseId/proofs', async (req, res) => {
    const { id } = await databases.readable(
      await callerOf(req),
      req.params.databaseId,
    );
    const page = await options.proofs.list(id, {
      limit: numberOf(req.query.limit),
      cursor: req.query.cursor,
    });
    res.json({ ...page, items: [...page.items] });
  });

  router.get('/databases/:databaseId/restored-instances', async (req, res) => {
    const { id } = await databases.readable(
      await callerOf(req),
      req.params.databaseId,
    );
    res.json({ items: [...(await instances.list(id))] });
  });

  router.get('/restored-instances/:restoredInstanceId', async (req, res) => {
    const caller = await callerOf(req);
    const id = req.params.restoredInstanceId;
    const instance = await instances.get(id);
    if (!instance) {
      throw new NotFoundError(
        `There is no restored instance '${id}'; list those of its database.`,
      );
    }
    await databases.readable(caller, instance.databaseId);
    res.json(instance);
  });

  router.post(
    '/restored-instances/:restoredInstanceId/forgetting',
    async (req, res) => {
      res.json(
        await options.lostInstances.forget(
          await callerOf(req),
          req.params.restoredInstanceId,
          req.body,
        ),
      );
    },
  );

  router.get('/databases/:databaseId/alerts', async (req, res) => {
    const { id } = await databases.readable(
      await callerOf(req),
      req.params.databaseId,
    );
    res.json(await monitoring.alerts.getAlerts(id));
  });

  router.get('/databases/:databaseId/panels', async (req, res) => {
    const { id } = await databases.readable(
      await callerOf(req),
      req.params.databaseId,
    );
    res.json(await monitoring.panels.getPanels(id));
  });

  router.get(
    '/databases/:databaseId/panels/:panelId/data',
    async (req, res) => {
      const { id } = await databases.readable(
        await callerOf(req),
        req.params.databaseId,
      );
      // The generator renames `from`; the wire does not.
      const query = req.query as {
        readonly from?: unknown;
        readonly to: unknown;
      };
      res.json(
        await monitoring.panels.getPanelData(id, req.params.panelId, {
          fromSeconds: Number(query.from),
          toSeconds: Number(query.to),
          stepSeconds: numberOf(req.query.stepSeconds),
        }),
      );
    },
  );
}
