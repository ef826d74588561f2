import { PageRequest } from './DatabaseOpsApi';

/** As many rows as the API gives in one page. */
const LARGEST_PAGE_ROWS = 500;

/** A list as the API pages it. */
interface Page {
  readonly items: unknown[];
  readonly nextCursor?: string;
}

/** The first rows of a list, over as many pages as they take. */
export async function firstRows<P extends Page>(
  rows: number,
  load: (request: PageRequest) => Promise<P>,
): Promise<P> {
  let page = await load({ limit: Math.min(rows, LARGEST_PAGE_ROWS) });
  const items = [...page.items];
  while (page.nextCursor && items.length < rows) {
    page = await load({
      limit: Math.min(rows - items.length, LARGEST_PAGE_ROWS),
      cursor: page.nextCursor,
    });
    items.push(...page.items);
  }
  return { ...page, items };
}
