import { setTimeout as sleep } from 'node:timers/promises';
import { Locator, Page } from 'playwright-core';
import { seriousFlaws } from './harness/accessibility';
import { TIMESCALE } from './harness/fleetDatabase';
import {
  backupOf,
  inventoryOf,
  Operation,
  Operations,
} from './harness/operations';
import { endSegment, untilArchived } from './harness/segments';
import { onPrimary } from './harness/sql';
import { Stage } from './harness/Stage';

const PAGE = `/databases/by-id/${TIMESCALE}`;
const UI_SECONDS = 60;
const OPERATION_SECONDS = 300;

describe('a database put back to a second onto itself, in the browser', () => {
  let stage: Stage;
  let operations: Operations;
  let owner: Page;
  /** A whole second between the two rows. */
  let moment: string;

  beforeAll(async () => {
    // Its primary is replaced: nobody else can use it.
    stage = await Stage.start({ only: ['s3', 'postgresql'], freshFleet: true });
    operations = await Operations.of(stage, [TIMESCALE]);
    await succeeded(await operations.run(backupOf(TIMESCALE)));
    await write('before');
    const second = Math.ceil(Date.now() / 1000 + 0.5);
    moment = new Date(second * 1000)
      .toISOString()
      .slice(0, 19)
      .replace('T', ' ');
    await sleep(second * 1000 + 1000 - Date.now());
    await write('after');
    await untilArchived(stage.fleet, await endSegment(stage.fleet));
    await succeeded(await operations.run(inventoryOf(TIMESCALE)));
    owner = await stage.browser.signIn('owner');
    owner.setDefaultTimeout(UI_SECONDS * 1000);
  });

  afterAll(async () => {
    await stage?.stop();
  });

  async function succeeded(operation: Operation): Promise<Operation> {
    expect(operation).toMatchObject({ state: 'succeeded' });
    return operation;
  }

  async function write(token: string): Promise<void> {
    await onPrimary(
      stage.fleet,
      `INSERT INTO app.canary (token) VALUES ('${token}')`,
    );
  }

  async function written(): Promise<readonly string[]> {
    const rows = await onPrimary(
      stage.fleet,
      "SELECT token FROM app.canary WHERE token IN ('before', 'after', 'since') ORDER BY id",
    );
    return rows.split('\n');
  }

  async function timeline(): Promise<string> {
    return onPrimary(
      stage.fleet,
      'SELECT timeline_id FROM pg_control_checkpoint()',
    );
  }

  async function done(button: Locator): Promise<Operation> {
    return succeeded(
      await operations.askedFor(owner, () => button.click(), OPERATION_SECONDS),
    );
  }

  async function restoreInPlace(): Promise<Operation> {
    await owner.goto(PAGE);
    await owner.getByRole('button', { name: 'Restore…' }).first().click();
    const first = owner.getByRole('dialog', {
      name: `Restore ${TIMESCALE} to a new place`,
    });
    await first.getByLabel('A time', { exact: true }).click();
    await first.getByLabel('Time (UTC)').fill(moment);
    await first.getByText('Can be restored', { exact: true }).waitFor();
    await first.getByRole('button', { name: 'Next' }).click();
    await first.getByLabel(`In place, onto ${TIMESCALE} itself`).check();
    const dialog = owner.getByRole('dialog', {
      name: `Restore ${TIMESCALE} in place`,
    });
    await dialog.getByText(`${TIMESCALE} is stopped and replaced`).waitFor();
    await dialog.getByRole('button', { name: 'Next' }).click();
    // The standby is ahead of what will run: somebody has to rebuild it.
    await dialog
      .getByText(/fleet-pg-2/)
      .first()
      .waitFor();
    const stop = dialog.getByRole('button', {
      name: `Stop ${TIMESCALE} and restore onto it`,
    });
    expect(await stop.isDisabled()).toBe(true);
    expect(await seriousFlaws(owner)).toEqual([]);
    await dialog.getByLabel(`Type ${TIMESCALE} to confirm`).fill(TIMESCALE);
    const operation = await done(stop);
    await owner
      .getByText(/UNPROTECTED/)
      .first()
      .waitFor();
    return operation;
  }

  it('is rolled back: what was there before comes back, and the lost writes are counted first', async () => {
    const before = await timeline();
    await restoreInPlace();
    expect(await written()).toEqual(['before']);
    expect(await timeline()).not.toBe(before);
    await write('since');

    await owner
      .getByRole('button', { name: /^Roll back restored instance/ })
      .click();
    const dialog = owner.getByRole('dialog', {
      name: `Roll back the restore of ${TIMESCALE}`,
    });
    await dialog
      .getByText(/[1-9]\d* transactions?/)
      .first()
      .waitFor();
    expect(await seriousFlaws(owner)).toEqual([]);
    await dialog.getByLabel(`Type ${TIMESCALE} to confirm`).fill(TIMESCALE);
    await done(dialog.getByRole('button', { name: 'Roll back' }));
    await owner.getByText('Rolled back', { exact: true }).waitFor();
    expect(await written()).toEqual(['before', 'after']);
    expect(await timeline()).toBe(before);
  });

  it('is confirmed: it gets a full backup of its own, and is not UNPROTECTED any more', async () => {
    await restoreInPlace();
    await owner
      .getByRole('button', { name: /^Confirm restored instance/ })
      .click();
    const dialog = owner.getByRole('dialog', {
      name: `Confirm the restore of ${TIMESCALE}`,
    });
    await dialog.getByLabel(`Type ${TIMESCALE} to confirm`).fill(TIMESCALE);
    await done(dialog.getByRole('button', { name: 'Confirm and remove' }));
    expect(await written()).toEqual(['before']);
    await owner.goto(PAGE);
    await owner.getByRole('img', { name: /^Recovery window:/ }).waitFor();
    expect(await owner.getByText(/UNPROTECTED/).allTextContents()).toEqual([]);
    expect(
      await owner
        .getByRole('button', { name: /^Roll back restored instance/ })
        .count(),
    ).toBe(0);
  });
});
