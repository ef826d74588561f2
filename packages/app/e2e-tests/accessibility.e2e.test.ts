import { join } from 'node:path';
import { Page } from 'playwright-core';
import { seriousFlaws } from './harness/accessibility';
import { TIMESCALE } from './harness/fleetDatabase';
import { pressByKey, tabTo } from './harness/keyboard';
import { backupOf, Operations } from './harness/operations';
import { onPrimary } from './harness/sql';
import { eventually, Stage } from './harness/Stage';

const TAB = `/catalog/default/resource/${TIMESCALE}/database`;
const IMAGES = join(__dirname, '../../../docs/images');
/** Pictures for the documentation are taken on request: they show all of a fleet. */
const TAKES_PICTURES = process.env.UPDATE_SCREENSHOTS === '1';

/** Waits in the server until somebody ends it; texts are normalised. */
const isSleeping = ({ text = '' }: { readonly text?: string }) =>
  text.includes('pg_sleep');

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
    await loaded(page);
  }

  /** Nothing is under way, and no grey lines take the place of anything. */
  async function loaded(page: Page): Promise<void> {
    await page.waitForFunction(
      () =>
        !document.querySelector(
          '[aria-busy="true"], [role="progressbar"], [role="dialog"] [aria-label^="Loading "]',
        ),
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

  it.each([
    { look: 'light', dark: false },
    { look: 'dark', dark: true },
  ])('have dialogs without a serious flaw in the $look theme', async look => {
    const page = await stage.browser.signIn('owner', look);
    await open(page, TAB);
    const found: Record<string, readonly string[]> = {};
    const dialog = page.getByRole('dialog');
    const names = ['Back up now', 'Maintain…', 'Pause…', 'Verify now…'];
    for (const name of names) {
      await page.getByRole('button', { name }).click();
      await dialog.waitFor();
      await loaded(page);
      found[name] = await seriousFlaws(page);
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });
    }
    expect(found).toEqual(Object.fromEntries(names.map(name => [name, []])));
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
    await pressByKey(page, page.getByRole('button', { name: 'Restore…' }));
    const dialog = page.getByRole('dialog', {
      name: `Restore ${TIMESCALE} to a new place`,
    });
    await dialog.waitFor();
    if (TAKES_PICTURES) {
      await picture(page, 'restore.png');
    }
    expect(await seriousFlaws(page)).toEqual([]);
    const next = dialog.getByRole('button', { name: 'Next' });
    await pressByKey(page, next);
    await dialog.getByLabel('Keep for').waitFor();
    await pressByKey(page, next);
    await tabTo(page, dialog.getByLabel(`Type ${TIMESCALE} to confirm`));
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

  it('let a table be vacuumed with the keyboard alone, and it was', async () => {
    const lastVacuum = () =>
      onPrimary(
        stage.fleet,
        `SELECT coalesce(last_vacuum, 'epoch') FROM pg_stat_user_tables WHERE relid = 'app.canary'::regclass`,
      );
    const before = await lastVacuum();
    const page = await stage.browser.signIn('owner');
    await open(page, TAB);
    await pressByKey(page, page.getByRole('button', { name: 'Maintain…' }));
    const dialog = page.getByRole('dialog', { name: `Maintain ${TIMESCALE}` });
    await pressByKey(
      page,
      dialog.getByRole('button', { name: 'None', exact: true }),
    );
    await tabTo(page, dialog.getByLabel('Take app.canary'));
    await page.keyboard.press('Space');
    const commands = dialog.getByLabel('Commands');
    await commands.waitFor();
    const shown = await commands.textContent();
    expect(shown).toMatch(/^VACUUM .*app\.canary;?$/);
    await pressByKey(
      page,
      dialog.getByRole('button', { name: 'Start maintenance' }),
    );
    await page.waitForURL(/\/databases\/operations\//);
    const id = new URL(page.url()).pathname.split('/').at(-1)!;
    expect(await operations.untilEnded(id)).toMatchObject({
      state: 'succeeded',
      kind: 'maintain',
    });
    await eventually(
      'The server has vacuumed',
      lastVacuum,
      after => after > before,
      { withinSeconds: 30 },
    );
    await page.getByText('Succeeded', { exact: true }).first().waitFor();
    expect(await seriousFlaws(page)).toEqual([]);
  });

  it('let the statement of a session be cancelled, which the server then ends', async () => {
    // A text is shown in its normalised form, which is known once it ended somewhere.
    const sleep = (seconds: number) =>
      onPrimary(stage.fleet, `SELECT pg_sleep(${seconds})`, 'dbops_load');
    await sleep(0);
    const sleeping = sleep(600).catch((error: Error) => error.message);
    const { body } = await eventually(
      'The session is seen',
      () => stage.api('owner', `/databases/${TIMESCALE}/sessions`),
      ({ body: { items } }) => items.some(isSleeping),
      { withinSeconds: 60 },
    );
    const { sessionId, username } = body.items.find(isSleeping);
    const page = await stage.browser.signIn('owner', { dark: true });
    await open(page, TAB);
    await page
      .getByRole('table', { name: `Top statements of ${TIMESCALE}` })
      .waitFor();
    await pressByKey(
      page,
      page.getByRole('button', {
        name: `Cancel the statement of ${username}, ${sessionId}`,
      }),
    );
    const dialog = page.getByRole('dialog', {
      name: `Cancel the statement of ${username}?`,
    });
    await tabTo(page, dialog.getByLabel(/Reason/));
    await page.keyboard.type('It blocks the release');
    expect(await seriousFlaws(page)).toEqual([]);
    await page.keyboard.press('Enter');
    await page.getByText('Cancelled', { exact: true }).waitFor();
    expect(await sleeping).toContain('canceling statement due to user request');
    const { body: audit } = await stage.api(
      'approver',
      `/audit-events?databaseId=${TIMESCALE}&text=${encodeURIComponent('It blocks the release')}`,
    );
    expect(audit.items[0]).toMatchObject({
      actor: 'user:default/owner',
      outcome: 'succeeded',
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
