import { JsonObject } from '@backstage/types';
import { AuthorizedDatabases } from '../databases/AuthorizedDatabases';
import { PolicyPreviewer } from '../policies/PolicyPreviewer';
import { PolicyViews } from '../policies/PolicyViews';
import { ScheduleRunStore } from '../schedule/ScheduleRunStore';
import { CallerOf, numberOf } from './callerOf';
import { ApiRouter } from './types';

/** What the routes of policies read from. */
export interface PolicyRouteOptions {
  readonly callerOf: CallerOf;
  readonly databases: AuthorizedDatabases;
  readonly policies: PolicyViews;
  readonly previewer: PolicyPreviewer;
  readonly scheduleRuns: ScheduleRunStore;
}

/** Policies and what became of their runs; of the databases that a caller may read. */
export function addPolicyRoutes(
  router: ApiRouter,
  options: PolicyRouteOptions,
): void {
  const { callerOf, databases } = options;

  async function readableIds(
    req: Parameters<CallerOf>[0],
  ): Promise<ReadonlySet<string>> {
    const readable = await databases.listAll(await callerOf(req));
    return new Set(readable.map(database => database.id));
  }

  router.get('/policies', async (req, res) => {
    const { databaseId } = req.query;
    if (databaseId) {
      await databases.readable(await callerOf(req), databaseId);
    }
    const items = databaseId
      ? await options.policies.ofDatabase(databaseId)
      : await options.policies.list(await readableIds(req));
    res.json({ items: [...items] });
  });

  router.post('/policies/preview', async (req, res) => {
    res.json(
      await options.previewer.preview(
        req.body.policies as JsonObject,
        await readableIds(req),
      ),
    );
  });

  router.get('/databases/:databaseId/schedule-runs', async (req, res) => {
    const { databaseId } = req.params;
    await databases.readable(await callerOf(req), databaseId);
    const page = await options.scheduleRuns.list({
      databaseId,
      name: req.query.schedule,
      cursor: req.query.cursor,
      limit: numberOf(req.query.limit),
    });
    res.json({ ...page, items: [...page.items] });
  });
}
