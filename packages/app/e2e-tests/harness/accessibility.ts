import { AxeBuilder } from '@axe-core/playwright';
import { Page } from 'playwright-core';

/** Backstage's own bar at the bottom of a phone: the button of its menu has no name. */
const FOREIGN = '[data-testid="mobile-sidebar-root"]';

/** What axe finds of the two grades that keep people out. */
export async function seriousFlaws(page: Page): Promise<readonly string[]> {
  await comeToRest(page);
  const { violations } = await new AxeBuilder({ page })
    .exclude(FOREIGN)
    .options({ resultTypes: ['violations'] })
    .analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) =>
        [id, html.slice(0, 200), failureSummary].join('\n'),
      ),
    );
}

/** What fades in or out has colours that nobody has to read. */
async function comeToRest(page: Page): Promise<void> {
  await page.evaluate(() =>
    Promise.allSettled(
      document
        .getAnimations()
        .filter(animation => animation instanceof CSSTransition)
        .map(({ finished }) => finished),
    ),
  );
}
