import { AuthorizedMaintenance } from '../maintenance/AuthorizedMaintenance';
import { CallerOf } from './callerOf';
import { ApiRouter } from './types';

/** Pausing and resuming the queue. */
export function addMaintenanceRoutes(
  router: ApiRouter,
  options: {
    readonly callerOf: CallerOf;
    readonly maintenance: AuthorizedMaintenance;
  },
): void {
  const { callerOf, maintenance } = options;

  router.get('/maintenance-modes', async (req, res) => {
    res.json({ items: [...(await maintenance.list(await callerOf(req)))] });
  });

  router.put('/maintenance-modes/:scope', async (req, res) => {
    res.json(
      await maintenance.start(await callerOf(req), {
        scope: req.params.scope,
        reason: req.body.reason,
        until: req.body.until,
      }),
    );
  });

  router.delete('/maintenance-modes/:scope', async (req, res) => {
    const items = await maintenance.end(await callerOf(req), req.params.scope);
    res.json({ items: [...items] });
  });
}
