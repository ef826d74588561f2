import { AuthorizedDatabases } from '../databases/AuthorizedDatabases';
import { ObjectiveService } from '../objectives/ObjectiveService';
import { AuthorizedReconciliation } from '../reconciliation/AuthorizedReconciliation';
import { RepositoryViews } from '../repositories/RepositoryViews';
import { CallerOf } from './callerOf';
import { ApiRouter } from './types';

/** What the routes of repositories, and of what is measured by them, read from. */
export interface RepositoryRouteOptions {
  readonly callerOf: CallerOf;
  readonly databases: AuthorizedDatabases;
  readonly objectives: ObjectiveService;
  readonly reconciliation: AuthorizedReconciliation;
  readonly repositories: RepositoryViews;
}

export function addRepositoryRoutes(
  router: ApiRouter,
  options: RepositoryRouteOptions,
): void {
  const { callerOf } = options;

  router.get('/repositories', async (req, res) => {
    const items = await options.repositories.list(await callerOf(req));
    res.json({ items: [...items] });
  });

  router.get('/databases/:databaseId/objectives', async (req, res) => {
    const database = await options.databases.readable(
      await callerOf(req),
      req.params.databaseId,
    );
    res.json(await options.objectives.get(database));
  });

  router.post('/databases/:databaseId/reconciliation', async (req, res) => {
    res.json(
      await options.reconciliation.reconcile(
        await callerOf(req),
        req.params.databaseId,
      ),
    );
  });
}
