import { Page } from 'playwright-core';
import { TIMESCALE } from './harness/fleetDatabase';
import { eventually, Stage } from './harness/Stage';

const ENTITY = `/catalog/default/resource/${TIMESCALE}/database`;
const UI_SECONDS = 60;

/** From the entity's tab to the end of the operation that `start` requests there. */
async function succeed(page: Page, operation: RegExp): Promise<void> {
  await page.waitForURL(/\/databases\/operations\//);
  await page.getByRole('heading', { name: operation }).first().waitFor();
  await page
    .getByText('Succeeded', { exact: true })
    .first()
    .waitFor({ timeout: 120_000 });
}

describe('the first path through the portal', () => {
  let stage: Stage;
  let owner: Page;

  beforeAll(async () => {
    stage = await Stage.start({ only: ['postgresql'] });
    owner = await stage.browser.signIn('owner');
    owner.setDefaultTimeout(UI_SECONDS * 1000);
  });

  afterAll(async () => {
    await stage?.stop();
  });

  it('shows live signals on the tab of the entity', async () => {
    await owner.goto(ENTITY);
    await owner
      .getByRole('region', { name: `Database ${TIMESCALE}` })
      .waitFor();
    const { body } = await eventually(
      'Health of a real server',
      () => stage.api('owner', `/databases/${TIMESCALE}/health`),
      ({ body: { counts } }) => counts?.ok > 5,
      { withinSeconds: 60 },
    );
    const standby = body.signals.find((signal: { sentence: string }) =>
      signal.sentence.includes('fleet-pg-2'),
    );
    expect(standby).toBeDefined();
  });

  it('backs up by button, with progress, to a backup in the list', async () => {
    await owner.goto(ENTITY);
    await owner.getByRole('button', { name: 'Back up now' }).click();
    await owner.getByRole('button', { name: 'Start backup' }).click();
    await succeed(owner, /backup/i);

    const { body } = await stage.api(
      'owner',
      `/databases/${TIMESCALE}/backups`,
    );
    expect(body.items[0]).toMatchObject({
      type: 'full',
      state: 'present',
      requestedBy: 'user:default/owner',
    });
  });

  it('restores to a new place, and discards what was restored', async () => {
    await owner.goto(ENTITY);
    await owner.getByRole('button', { name: 'Restore…' }).click();
    const next = owner.getByRole('button', { name: 'Next' });
    await next.click();
    await next.click();
    const start = owner.getByRole('button', { name: 'Start restore' });
    expect(await start.isDisabled()).toBe(true);
    await owner.getByLabel(`Type ${TIMESCALE} to confirm`).fill(TIMESCALE);
    await start.click();
    await succeed(owner, /restore/i);

    const instances = async () =>
      (await stage.api('owner', `/databases/${TIMESCALE}/restored-instances`))
        .body.items;
    expect((await instances())[0].state).toBe('running');

    await owner.goto(ENTITY);
    await owner
      .getByRole('button', { name: /^Discard restored instance/ })
      .click();
    await owner.getByRole('button', { name: 'Discard', exact: true }).click();
    await eventually(
      'The restored instance is discarded',
      instances,
      ([instance]) => instance.state === 'discarded',
      { withinSeconds: 60 },
    );
  });

  it('lets a viewer start nothing, by button or by API', async () => {
    const viewer = await stage.browser.signIn('viewer');
    viewer.setDefaultTimeout(UI_SECONDS * 1000);
    await viewer.goto(ENTITY);
    const button = viewer.getByRole('button', { name: 'Back up now' });
    await button.waitFor();
    expect(await button.getAttribute('aria-disabled')).toBe('true');

    const { status, body } = await stage.api('viewer', '/operations', {
      method: 'POST',
      headers: { 'Idempotency-Key': 'viewer-tries-a-backup' },
      body: {
        databaseId: TIMESCALE,
        kind: 'backup',
        parameters: { type: 'full' },
      },
    });
    expect({ status, name: body.error.name }).toEqual({
      status: 403,
      name: 'NotAllowedError',
    });
  });

  it('keeps who did what in the audit history, refusals included', async () => {
    const { body } = await stage.api(
      'approver',
      `/audit-events?databaseId=${TIMESCALE}`,
    );
    const seen = body.items.map(
      (event: { actor: string; outcome: string }) =>
        `${event.actor} ${event.outcome}`,
    );
    expect(seen).toContain('user:default/owner succeeded');
    expect(seen).toContain('user:default/viewer denied');
    const chain = await stage.api('approver', '/audit-events/chain');
    expect(chain.body.verified).toBe(true);
  });
});
