import { join } from 'node:path';
import { Page } from 'playwright-core';
import { seriousFlaws } from './harness/accessibility';
import { TIMESCALE } from './harness/fleetDatabase';
import { backupOf, Operations } from './harness/operations';
import { eventually, Stage } from './harness/Stage';

const TAB = `/catalog/default/resource/${TIMESCALE}/database`;
const IMAGES = join(__dirname, '../../../docs/images');
/** Pictures for the documentation are taken on request: they show all of a fleet. */
const TAKES_PICTURES = process.env.UPDATE_SCREENSHOTS === '1';

describe('pages that everybody can use', () => {
  let stage: Stage;
  let operations: Operations;
  let backupId: string;
  const load = new AbortController();
  let loading: Promise<unknown> | undefined;

  beforeAll(async () => {
    stage = await Stage.start({
      only: TAKES_PICTURES ? undefined : ['postgresql'],
    });
    if (TAKES_PICTURES) {
      loading = stage.fleet.load({ ratePerSecond: 40, signal: load.signal });
    }
    operations = await Operations.of(stage, [TIMESCALE]);
    backupId = (await operations.run(backupOf(TIMESCALE))).id;
    await eventually(
      'Health knows the backup',
      () => stage.api('owner', `/databases/${TIMESCALE}`),
      ({ body }) => body.status === 'healthy',
      { withinSeconds: 90 },
    );
  });

  afterAll(async () => {
    load.abort();
    await loading;
    await stage?.stop();
  });

  /** Opens a page, and waits until what it is about stands there. */
  async function open(page: Page, path: string): Promise<void> {
    await page.goto(path);
    const drawer = (name: string | RegExp) => () =>
      page.getByRole('dialog', { name }).waitFor();
    const content: Record<string, () => Promise<void>> = {
      [`${TAB}?show=retention`]: drawer(`Retention of ${TIMESCALE}`),
      [`${TAB}?show=recovery-window`]: drawer(
        `Recovery window of ${TIMESCALE}`,
      ),
      '/databases/policies?show=preview': drawer('What would a change do?'),
      [TAB]: () =>
        page.getByRole('region', { name: `Database ${TIMESCALE}` }).waitFor(),
      '/databases': () =>
        page.getByRole('link', { name: TIMESCALE }).first().waitFor(),
    };
    // Behind a drawer everything else is hidden from assistive technology.
    await page.locator('h1').first().waitFor();
    await content[path]?.();
    await page.waitForLoadState('networkidle');
    await page.waitForFunction(
      () => !document.querySelector('[aria-busy="true"], [role="progressbar"]'),
    );
  }

  it.each([
    { look: 'light', dark: false },
    { look: 'dark', dark: true },
  ])('have no serious flaw in the $look theme', async ({ dark }) => {
    const page = await stage.browser.signIn('owner', { dark });
    const found: Record<string, readonly string[]> = {};
    const paths = [
      TAB,
      '/databases',
      `/databases/operations/${backupId}`,
      '/databases/audit',
      '/databases/policies',
      '/databases/policies?show=preview',
      '/databases?view=gaps',
      '/databases/repositories',
      '/databases/approvals',
      `${TAB}?show=recovery-window`,
      `${TAB}?show=retention`,
    ];
    for (const path of paths) {
      await open(page, path);
      found[path] = await seriousFlaws(page);
    }
    const background = await page.evaluate(
      () => getComputedStyle(document.body).backgroundColor,
    );
    const [red] = background.match(/\d+/g)!.map(Number);
    expect({ background, dark: red < 128 }).toEqual({ background, dark });
    expect(found).toEqual(Object.fromEntries(paths.map(path => [path, []])));
  });

  it('show the first sentence, what is restorable and the buttons on a phone', async () => {
    const page = await stage.browser.signIn('owner', {
      width: 360,
      height: 740,
    });
    await open(page, TAB);
    const region = page.getByRole('region', { name: `Database ${TIMESCALE}` });
    for (const shown of [
      region.locator('p').first(),
      page.getByRole('button', { name: 'Back up now' }),
      page.getByRole('button', { name: 'Restore…' }),
      page.getByText('Restorable', { exact: true }),
    ]) {
      await shown.waitFor();
      const box = (await shown.boundingBox())!;
      expect(box.x).toBeGreaterThanOrEqual(0);
      expect(box.x + box.width).toBeLessThanOrEqual(360);
    }
    const width = await page.evaluate(
      () => document.documentElement.scrollWidth,
    );
    expect(width).toBeLessThanOrEqual(360);
  });

  it('let a restore be started with the keyboard alone', async () => {
    const page = await stage.browser.signIn('owner');
    await open(page, TAB);
    const focused = () =>
      page.evaluate(() => document.activeElement?.textContent ?? '');
    const tabTo = async (label: string) => {
      for (let presses = 0; presses < 80; presses++) {
        if ((await focused()) === label) {
          return;
        }
        await page.keyboard.press('Tab');
      }
      throw new Error(`Tab never reached '${label}'`);
    };
    await tabTo('Restore…');
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', {
      name: `Restore ${TIMESCALE} to a new place`,
    });
    await dialog.waitFor();
    if (TAKES_PICTURES) {
      await picture(page, 'restore.png');
    }
    expect(await seriousFlaws(page)).toEqual([]);
    await tabTo('Next');
    await page.keyboard.press('Enter');
    await dialog.getByLabel('Keep for').waitFor();
    await tabTo('Next');
    await page.keyboard.press('Enter');
    const confirmation = dialog.getByLabel(`Type ${TIMESCALE} to confirm`);
    await confirmation.waitFor();
    for (let presses = 0; presses < 20; presses++) {
      if (await confirmation.evaluate(it => it === document.activeElement)) {
        break;
      }
      await page.keyboard.press('Tab');
    }
    await page.keyboard.type(TIMESCALE);
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/databases\/operations\//, { timeout: 60_000 });
    await page
      .getByRole('heading', { name: /restore/i })
      .first()
      .waitFor();
    const id = new URL(page.url()).pathname.split('/').at(-1)!;
    expect((await operations.untilEnded(id)).state).toBe('succeeded');
    await operations.run({
      databaseId: TIMESCALE,
      kind: 'discard',
      parameters: { restoredInstanceId: id },
    });
  });

  async function picture(page: Page, name: string): Promise<void> {
    await page.screenshot({ path: join(IMAGES, name) });
  }

  if (TAKES_PICTURES) {
    it('have their pictures taken', async () => {
      const page = await stage.browser.signIn('owner');
      for (const [path, name] of [
        ['/databases', 'fleet.png'],
        [TAB, 'entity.png'],
        [`/databases/operations/${backupId}`, 'operation.png'],
      ]) {
        await open(page, path);
        await picture(page, name);
      }
    });
  }
});
