import { AuthorizedRetention } from '../retention/AuthorizedRetention';
import { AuthorizedPins } from '../retention/pins/AuthorizedPins';
import { CallerOf } from './callerOf';
import { ApiRouter } from './types';

/** What the routes of retention read from. */
export interface RetentionRouteOptions {
  readonly callerOf: CallerOf;
  readonly retention: AuthorizedRetention;
  readonly pins: AuthorizedPins;
}

/** What retention would do, and what people keep beyond it. */
export function addRetentionRoutes(
  router: ApiRouter,
  { callerOf, retention, pins }: RetentionRouteOptions,
): void {
  router.get('/databases/:databaseId/retention-preview', async (req, res) => {
    res.json(
      await retention.preview(
        await callerOf(req),
        req.params.databaseId,
        req.query.repositoryId,
      ),
    );
  });

  router.get('/databases/:databaseId/pins', async (req, res) => {
    const items = await pins.list(await callerOf(req), req.params.databaseId);
    res.json({ items: [...items] });
  });

  router.post('/databases/:databaseId/pins', async (req, res) => {
    const { databaseId } = req.params;
    res
      .status(201)
      .json(await pins.create(await callerOf(req), databaseId, req.body));
  });

  router.delete('/databases/:databaseId/pins/:pinId', async (req, res) => {
    const { databaseId, pinId } = req.params;
    res.json(await pins.end(await callerOf(req), databaseId, pinId));
  });
}
