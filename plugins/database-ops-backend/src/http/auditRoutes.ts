import { AuthorizedAudit } from '../audit/AuthorizedAudit';
import { CallerOf, numberOf } from './callerOf';
import { ApiRouter } from './types';

/** The audit history and its verification. */
export function addAuditRoutes(
  router: ApiRouter,
  options: { readonly callerOf: CallerOf; readonly audit: AuthorizedAudit },
): void {
  const { callerOf, audit } = options;

  router.get('/audit-events', async (req, res) => {
    const page = await audit.list(await callerOf(req), {
      ...req.query,
      limit: numberOf(req.query.limit),
    });
    res.json({ ...page, items: [...page.items] });
  });

  router.get('/audit-events/chain', async (req, res) => {
    res.json(await audit.verify(await callerOf(req)));
  });
}
