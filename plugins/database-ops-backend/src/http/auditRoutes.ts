import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AuthorizedAudit } from '../audit/AuthorizedAudit';
import { CallerOf, numberOf } from './callerOf';
import { ApiRouter } from './types';

const CONTENT_TYPES = {
  csv: 'text/csv; charset=utf-8',
  jsonl: 'application/jsonl; charset=utf-8',
} as const;

/** The audit history, its verification and its export. */
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

  router.get('/audit-events/export', async (req, res) => {
    const { format, ...filter } = req.query;
    const lines = await audit.export(await callerOf(req), filter, format);
    res.writeHead(200, {
      'content-type': CONTENT_TYPES[format],
      'content-disposition': `attachment; filename="audit-events.${format}"`,
      'cache-control': 'no-store',
    });
    await pipeline(Readable.from(lines), res);
  });
}
