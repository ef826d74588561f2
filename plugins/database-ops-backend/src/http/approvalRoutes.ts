import { AuthorizedApprovals } from '../approvals/AuthorizedApprovals';
import { CallerOf } from './callerOf';
import { ApiRouter } from './types';

/** What waits for a second person, decisions on it, and reviews of emergencies. */
export function addApprovalRoutes(
  router: ApiRouter,
  options: {
    readonly callerOf: CallerOf;
    readonly approvals: AuthorizedApprovals;
  },
): void {
  const { callerOf, approvals } = options;

  router.get('/operations/:operationId/approval', async (req, res) => {
    res.json(await approvals.get(await callerOf(req), req.params.operationId));
  });

  router.post('/operations/:operationId/approval', async (req, res) => {
    res.json(
      await approvals.decide(
        await callerOf(req),
        req.params.operationId,
        req.body,
      ),
    );
  });

  router.post('/operations/:operationId/review', async (req, res) => {
    res.json(
      await approvals.review(
        await callerOf(req),
        req.params.operationId,
        req.body.note,
      ),
    );
  });
}
