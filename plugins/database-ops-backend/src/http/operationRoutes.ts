import { JsonObject } from '@backstage/types';
import { AuthorizedOperations } from '../operations/AuthorizedOperations';
import { CallerOf, numberOf } from './callerOf';
import { ApiRouter } from './types';

const DEFAULT_EVENTS = 500;

/** Operations, their events and their cancellation. */
export function addOperationRoutes(
  router: ApiRouter,
  options: {
    readonly callerOf: CallerOf;
    readonly operations: AuthorizedOperations;
  },
): void {
  const { callerOf, operations } = options;

  router.get('/operations', async (req, res) => {
    const page = await operations.list(await callerOf(req), {
      ...req.query,
      limit: numberOf(req.query.limit),
    });
    res.json({ ...page, items: [...page.items] });
  });

  router.post('/operations', async (req, res) => {
    const { databaseId, kind, parameters, confirmation, reason } = req.body;
    const operation = await operations.request(
      await callerOf(req),
      {
        databaseId,
        kind,
        parameters: parameters as JsonObject | undefined,
        confirmation,
        reason,
      },
      // Required by the document, so validation has seen to it.
      String(req.headers['idempotency-key']),
    );
    res.status(201).json(operation);
  });

  router.get('/operations/:operationId', async (req, res) => {
    res.json(await operations.get(await callerOf(req), req.params.operationId));
  });

  router.get('/operations/:operationId/events', async (req, res) => {
    const after = numberOf(req.query.after) ?? 0;
    const items = await operations.events(
      await callerOf(req),
      req.params.operationId,
      {
        after,
        limit: numberOf(req.query.limit) ?? DEFAULT_EVENTS,
      },
    );
    res.json({
      items: [...items],
      lastSeq: items[items.length - 1]?.seq ?? after,
    });
  });

  router.post('/operations/:operationId/retry', async (req, res) => {
    const { confirmation, reason } = req.body;
    const operation = await operations.retry(
      await callerOf(req),
      req.params.operationId,
      { confirmation, reason },
      String(req.headers['idempotency-key']),
    );
    res.status(201).json(operation);
  });

  router.post('/operations/:operationId/cancellation', async (req, res) => {
    res
      .status(202)
      .json(
        await operations.cancel(await callerOf(req), req.params.operationId),
      );
  });
}
