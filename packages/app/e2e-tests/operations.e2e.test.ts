import { readFile } from 'node:fs/promises';
import { Page } from 'playwright-core';
import { TIMESCALE } from './harness/fleetDatabase';
import { backupOf, Operations } from './harness/operations';
import { eventually, Stage } from './harness/Stage';

const PAGE = `/databases/by-id/${TIMESCALE}`;
const POLICY = 'governed';
const UI_SECONDS = 60;
const OPERATION_SECONDS = 180;

/** A policy that asks for a second person, keeps one full backup and has a schedule far away. */
const CONFIGURATION = {
  databaseOps: {
    policies: {
      [POLICY]: {
        objectives: { rpo: 'P1D', rto: 'PT1H' },
        schedules: {
          yearly: { kind: 'backup', type: 'full', cron: '0 2 1 1 *' },
        },
        retention: { keepLast: 1 },
        approvals: [
          {
            kinds: ['restore'],
            approvers: ['user:default/approver'],
            expiresAfter: 'PT1H',
          },
        ],
      },
    },
    databases: { [TIMESCALE]: { policy: POLICY } },
  },
};

describe('operations under a policy, in the browser', () => {
  let stage: Stage;
  let operations: Operations;
  let owner: Page;
  let approver: Page;

  beforeAll(async () => {
    stage = await Stage.start({
      only: ['postgresql'],
      configuration: CONFIGURATION,
    });
    operations = await Operations.of(stage, [TIMESCALE]);
    await operations.run(backupOf(TIMESCALE));
    await operations.run(backupOf(TIMESCALE));
    owner = await stage.browser.signIn('owner');
    approver = await stage.browser.signIn('approver');
    for (const page of [owner, approver]) {
      page.setDefaultTimeout(UI_SECONDS * 1000);
    }
  });

  afterAll(async () => {
    await stage?.stop();
  });

  it('reads the policy aloud with its next runs, and says what a change would do', async () => {
    await owner.goto('/databases/policies');
    await owner.getByRole('heading', { name: POLICY, level: 2 }).waitFor();
    await owner.getByText('The next 10 runs').first().click();
    const runs = owner.getByRole('list', { name: 'Next runs of yearly' });
    expect(await runs.getByRole('listitem').count()).toBe(10);

    await owner
      .getByRole('button', { name: 'What would a change do?' })
      .click();
    const drawer = owner.getByRole('dialog', {
      name: 'What would a change do?',
    });
    const look = () =>
      drawer.getByRole('button', { name: 'What would it do?' }).click();
    const text = drawer.getByLabel('Policies');
    await text.fill(
      `${POLICY}:\n  schedules:\n    yearly: { kind: backup, type: full, cron: '0 25 * * *' }\n`,
    );
    await look();
    await drawer
      .getByRole('list', { name: 'Errors' })
      .getByText(/yearly.*cron/)
      .first()
      .waitFor();
    await text.fill(
      `${POLICY}:\n  schedules:\n    yearly: { kind: backup, type: full, cron: '0 3 1 1 *' }\n`,
    );
    await look();
    const changes = drawer.getByRole('list', { name: 'What would change' });
    await changes.getByText('Schedule', { exact: true }).first().waitFor();
    expect(await changes.textContent()).toContain('Next runs then');
  });

  it('shows what retention would remove, and a pin that keeps it', async () => {
    await owner.goto(`${PAGE}?show=retention`);
    const drawer = owner.getByRole('dialog', {
      name: `Retention of ${TIMESCALE}`,
    });
    const table = drawer.getByRole('table', {
      name: `Retention of ${TIMESCALE}`,
    });
    await table.waitFor();
    const { body } = await stage.api(
      'owner',
      `/databases/${TIMESCALE}/retention-preview`,
    );
    const going = body.entries.find(({ keep }: { keep: boolean }) => !keep);
    expect(going).toBeDefined();
    const row = table.getByRole('row').filter({ hasText: going.backupId });
    await row.getByText('Goes', { exact: true }).waitFor();
    expect(await row.textContent()).toContain(going.reasons[0]);

    await row.getByRole('button', { name: `Pin ${going.backupId}` }).click();
    const pin = owner.getByRole('dialog', { name: `Pin ${going.backupId}` });
    await pin.getByLabel(/Reason/).fill('Before the migration');
    await pin.getByRole('button', { name: 'Pin it' }).click();
    await row.getByText('Kept', { exact: true }).waitFor();
    const pins = drawer.getByRole('list', { name: 'Pins' });
    await pins.getByText(/Before the migration/).waitFor();
    await pins
      .getByRole('button', { name: `End the pin of ${going.backupId}` })
      .click();
    await owner.getByRole('button', { name: 'End the pin' }).click();
    await row.getByText('Goes', { exact: true }).waitFor();
  });

  it('names who depends on the database, waits for the second role, and runs what that role approved', async () => {
    await approver.goto('/notifications');
    await owner.goto(PAGE);
    await owner.getByRole('button', { name: 'Restore…' }).first().click();
    const dialog = owner.getByRole('dialog', {
      name: `Restore ${TIMESCALE} to a new place`,
    });
    await dialog.getByRole('button', { name: 'Next' }).click();
    await dialog.getByLabel('Keep for').waitFor();
    await dialog.getByRole('button', { name: 'Next' }).click();
    const { body: radius } = await stage.api(
      'owner',
      `/databases/${TIMESCALE}/blast-radius`,
    );
    const dependents = dialog.getByRole('list', { name: 'What depends on it' });
    await dependents.waitFor();
    expect(await dependents.getByRole('listitem').count()).toBe(
      radius.dependents.length,
    );
    await dialog.getByText('A second person has to approve it').waitFor();
    await dialog.getByLabel(`Type ${TIMESCALE} to confirm`).fill(TIMESCALE);
    await dialog.getByRole('button', { name: 'Start restore' }).click();

    await owner.waitForURL(/\/databases\/operations\//);
    const id = new URL(owner.url()).pathname.split('/').at(-1)!;
    await owner.getByText('Awaiting approval', { exact: true }).waitFor();
    const own = owner.getByRole('button', { name: 'Approve…' });
    expect(await own.getAttribute('aria-disabled')).toBe('true');

    // The approver's page was open before: only a signal can bring it here.
    await approver
      .getByText(/approv/i)
      .filter({ hasText: new RegExp(`${TIMESCALE}|restore`, 'i') })
      .first()
      .waitFor();

    await approver.goto('/databases/approvals');
    const waiting = approver.getByRole('list', { name: 'Waiting for you' });
    const { body: approval } = await stage.api(
      'approver',
      `/operations/${id}/approval`,
    );
    await waiting.getByText(approval.subjectHash).first().waitFor();
    await waiting.getByRole('button', { name: 'Approve…' }).first().click();
    await approver
      .getByRole('dialog', { name: 'Approve exactly this' })
      .getByRole('button', { name: 'Approve', exact: true })
      .click();

    // Without a reload: the owner's page follows.
    await owner
      .getByText('Approved', { exact: true })
      .waitFor({ timeout: OPERATION_SECONDS * 1000 });
    await owner
      .getByText('Succeeded', { exact: true })
      .first()
      .waitFor({ timeout: OPERATION_SECONDS * 1000 });
    await operations.run({
      databaseId: TIMESCALE,
      kind: 'discard',
      parameters: { restoredInstanceId: id },
    });
  });

  it('holds a backup back in maintenance mode and lets it go when that ends', async () => {
    await owner.goto(PAGE);
    await owner.getByRole('button', { name: 'Pause…' }).click();
    const dialog = owner.getByRole('dialog', {
      name: `Maintenance mode of ${TIMESCALE}`,
    });
    await dialog.getByLabel(/Reason/).fill('Storage is being moved');
    await dialog.getByRole('button', { name: 'Pause the queue' }).click();
    const banner = owner.getByRole('region', {
      name: `Maintenance mode of ${TIMESCALE}`,
    });
    await banner.getByText(/Storage is being moved/).waitFor();

    await owner.getByRole('button', { name: 'Back up now' }).click();
    await owner.getByRole('button', { name: 'Start backup' }).click();
    await owner.waitForURL(/\/databases\/operations\//);
    await owner.getByText(/It waits: .*Storage is being moved/).waitFor();
    const operation = new URL(owner.url()).pathname;

    await owner.goto(PAGE);
    await banner.getByRole('button', { name: 'End it now' }).click();
    await banner.waitFor({ state: 'detached' });
    await owner.goto(operation);
    await owner
      .getByText('Succeeded', { exact: true })
      .first()
      .waitFor({ timeout: OPERATION_SECONDS * 1000 });
    const ended = await operations.untilEnded(operation.split('/').at(-1)!);
    expect(ended.state).toBe('succeeded');
  });

  it('finds what was done in the audit history, verifies its chain and exports it', async () => {
    await owner.goto(`/databases/audit?databaseId=${TIMESCALE}`);
    await owner.getByLabel('Words').fill('Storage is being moved');
    const events = owner.getByRole('list', { name: 'Audit events' });
    await events
      .getByText(/paused the queue/)
      .first()
      .waitFor();
    const { body } = await eventually(
      'The chain is verified',
      () => stage.api('owner', '/audit-events/chain'),
      ({ body: chain }) => chain.verified === true,
      { withinSeconds: UI_SECONDS },
    );
    expect(body.firstBadSeq).toBeUndefined();
    await owner
      .getByText(/verified/)
      .first()
      .waitFor();

    const download = owner.waitForEvent('download');
    await owner.getByRole('button', { name: 'Export CSV' }).click();
    const file = await (await download).path();
    const lines = (await readFile(file, 'utf8')).trim().split('\n');
    expect(lines.length).toBeGreaterThan(1);
    expect(lines.slice(1).every(line => line.includes(TIMESCALE))).toBe(true);
  });
});
