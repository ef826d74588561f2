import { setTimeout as sleep } from 'node:timers/promises';
import { removeBackupObjects } from 'local-fleet';
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
import { eventually, Stage } from './harness/Stage';

const PAGE = `/databases/by-id/${TIMESCALE}`;
const UI_SECONDS = 60;
const OPERATION_SECONDS = 180;
/** Berlin in November. */
const VIEWER_OFFSET_MS = 3_600_000;

/** An interval of the window, as the API gives it. */
interface Interval {
  readonly kind: 'proved' | 'claimed' | 'gap';
  readonly fromMs: number;
  readonly toMs: number;
  readonly reason?: string;
}

/** As the picker's field and its facts show it. */
function typed(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}

function only<T>(list: readonly T[]): T {
  expect(list).toHaveLength(1);
  return list[0];
}

describe('any second that can be restored, in the browser', () => {
  let stage: Stage;
  let operations: Operations;
  let owner: Page;
  let window: readonly Interval[];
  let missing: string;

  beforeAll(async () => {
    // A segment of its archive is deleted: nobody else can use it.
    stage = await Stage.start({
      only: ['s3', 'postgresql'],
      freshFleet: true,
    });
    operations = await Operations.of(stage, [TIMESCALE]);
    await succeeded(backupOf(TIMESCALE));
    const segments: string[] = [];
    for (let count = 0; count < 4; count++) {
      segments.push(await writtenSegment());
    }
    await succeeded(backupOf(TIMESCALE));
    await writtenSegment();
    await proveLatest();
    // What is proved ends before what is claimed.
    await writtenSegment();
    [, , missing] = segments;
    await lose(missing);
    await succeeded(inventoryOf(TIMESCALE));
    window = await eventually(
      'The window knows the gap',
      readWindow,
      intervals => new Set(intervals.map(({ kind }) => kind)).size === 3,
      { withinSeconds: 60 },
    );
    owner = await stage.browser.signIn('owner');
    owner.setDefaultTimeout(UI_SECONDS * 1000);
  });

  afterAll(async () => {
    await stage?.stop();
  });

  async function succeeded(
    wanted: Parameters<Operations['run']>[0],
  ): Promise<Operation> {
    const operation = await operations.run(wanted);
    expect(operation).toMatchObject({ state: 'succeeded' });
    return operation;
  }

  async function proveLatest(): Promise<void> {
    await succeeded({
      databaseId: TIMESCALE,
      kind: 'verify',
      parameters: { depth: 'latest' },
    });
    expect(await onlyProof()).toMatchObject({
      state: 'proved',
      moment: { timeline: 1 },
    });
  }

  async function onlyProof(): Promise<any> {
    const { body } = await stage.api('owner', `/databases/${TIMESCALE}/proofs`);
    return only(body.items);
  }

  /** A second of writes; returns the segment that holds them, once it is archived. */
  async function writtenSegment(): Promise<string> {
    await onPrimary(
      stage.fleet,
      'INSERT INTO app.canary (token) VALUES (md5(random()::text))',
    );
    await sleep(1500);
    const segment = await endSegment(stage.fleet);
    await untilArchived(stage.fleet, segment);
    return segment;
  }

  async function canariesUntil(ms: number): Promise<number> {
    const statement = `SELECT count(*) FROM app.canary WHERE written_at <= to_timestamp(${ms / 1000})`;
    return Number(await onPrimary(stage.fleet, statement));
  }

  async function lose(segment: string): Promise<void> {
    const gone = await removeBackupObjects(
      stage.fleet.context,
      'pgbackrest/archive/',
      keys => keys.filter(key => key.includes(`/${segment}-`)),
    );
    expect(gone).toHaveLength(1);
  }

  async function readWindow(): Promise<readonly Interval[]> {
    const { body } = await stage.api(
      'owner',
      `/databases/${TIMESCALE}/recovery-window`,
    );
    return body.intervals.map((each: any) => ({
      kind: each.kind,
      fromMs: Date.parse(each.from.time),
      toMs: Date.parse(each.to.time),
      reason: each.reason,
    }));
  }

  const gap = () => only(window.filter(({ kind }) => kind === 'gap'));

  /** A whole second well inside of what is claimed before the gap. */
  function claimedMs(): number {
    const claimed = window.find(
      ({ kind, toMs }) => kind !== 'gap' && toMs <= gap().fromMs,
    )!;
    return Math.ceil(claimed.fromMs / 1000) * 1000 + 1000;
  }

  async function openPicker(): Promise<Locator> {
    await owner.goto(PAGE);
    await owner.getByRole('button', { name: 'Restore…' }).first().click();
    const dialog = owner.getByRole('dialog', {
      name: `Restore ${TIMESCALE} to a new place`,
    });
    await dialog.getByLabel('A time', { exact: true }).click();
    await dialog.getByRole('slider').waitFor();
    return dialog;
  }

  /** From the picked moment to the operation's page, and to its end. */
  async function restore(dialog: Locator): Promise<Operation> {
    await dialog.getByText('Can be restored', { exact: true }).waitFor();
    await dialog.getByRole('button', { name: 'Next' }).click();
    await dialog.getByLabel('Pause to look first').check();
    await dialog.getByRole('button', { name: 'Next' }).click();
    await dialog.getByLabel(`Type ${TIMESCALE} to confirm`).fill(TIMESCALE);
    return done(dialog.getByRole('button', { name: 'Start restore' }));
  }

  async function done(button: Locator): Promise<Operation> {
    const operation = await operations.askedFor(
      owner,
      () => button.click(),
      OPERATION_SECONDS,
    );
    expect(operation).toMatchObject({ state: 'succeeded' });
    return operation;
  }

  it('draws what is proved, what is claimed and the gap, and names the missing segment', async () => {
    await owner.goto(PAGE);
    await owner
      .getByRole('img', {
        name: /^Recovery window: proved .*claimed .*gap .* in 1/,
      })
      .waitFor();
    await owner.goto(`${PAGE}?show=recovery-window`);
    const table = owner
      .getByRole('dialog', { name: `Recovery window of ${TIMESCALE}` })
      .getByRole('table');
    await table.getByRole('rowheader', { name: 'Gap' }).waitFor();
    expect(await table.textContent()).toContain(missing);
    expect(await table.getByRole('rowheader').allTextContents()).toEqual(
      expect.arrayContaining(['Proved', 'Claimed', 'Gap']),
    );
  });

  it('has the history of what was proved, with the measured RTO', async () => {
    await owner.goto(PAGE);
    const table = owner.getByRole('table', {
      name: `Verifications of ${TIMESCALE}`,
    });
    await table.getByText('latest', { exact: true }).waitFor();
    await table.getByRole('button', { name: /^Checks of/ }).click();
    const proof = await onlyProof();
    const checks = owner
      .getByRole('dialog', { name: 'Verification latest' })
      .getByRole('table', { name: 'Checks' });
    expect(await checks.getByRole('rowheader').allTextContents()).toEqual(
      proof.checks.map(({ title }: { title: string }) => title),
    );
    expect(proof.rtoSeconds).toBeGreaterThan(0);
  });

  it('is picked with keys: seconds and minutes, over the gap, in UTC and in the viewer’s zone', async () => {
    const dialog = await openPicker();
    const slider = dialog.getByRole('slider');
    const field = dialog.getByLabel('Time (UTC)');
    const at = async () =>
      Date.parse(`${(await field.inputValue()).replace(' ', 'T')}Z`);
    await slider.focus();
    await slider.press('Home');
    const first = await at();
    await slider.press('ArrowRight');
    expect((await at()) - first).toBe(1000);
    await slider.press('ArrowLeft');
    expect(await at()).toBe(first);
    const yours = dialog.getByText(
      `${typed(first + VIEWER_OFFSET_MS)} (Europe/Berlin)`,
    );
    await yours.waitFor();
    // Shift goes a minute: beyond the gap, whose inside it never rests on.
    await slider.press('Shift+ArrowRight');
    const reached = [first, await at()];
    await slider.press('End');
    reached.push(await at());
    for (let presses = 0; presses < 40; presses++) {
      await slider.press('ArrowLeft');
      reached.push(await at());
    }
    const inGap = reached.filter(ms => ms > gap().fromMs && ms < gap().toMs);
    expect(inGap).toEqual([]);
    expect(Math.min(...reached)).toBeLessThanOrEqual(gap().fromMs);
    expect(Math.max(...reached)).toBeGreaterThanOrEqual(gap().toMs);
  });

  it('is picked with the pointer, which rests on no gap', async () => {
    const dialog = await openPicker();
    const field = dialog.getByLabel('Time (UTC)');
    const drawing = dialog.getByRole('slider').locator('svg').first();
    const box = (await drawing.boundingBox())!;
    const seen = new Set<string>();
    for (let share = 0.02; share < 1; share += 0.08) {
      await owner.mouse.click(
        box.x + share * box.width,
        box.y + box.height - 15,
      );
      seen.add(await field.inputValue());
    }
    const times = [...seen].map(text =>
      Date.parse(`${text.replace(' ', 'T')}Z`),
    );
    expect(times.length).toBeGreaterThan(2);
    expect(times.filter(ms => ms > gap().fromMs && ms < gap().toMs)).toEqual(
      [],
    );
  });

  it('cannot be one that is out of reach: typed in, it is refused with the nearest', async () => {
    const dialog = await openPicker();
    const field = dialog.getByLabel('Time (UTC)');
    const next = dialog.getByRole('button', { name: 'Next' });
    const first = Math.min(...window.map(({ fromMs }) => fromMs));
    const unreachable = {
      'in the gap': (gap().fromMs + gap().toMs) / 2,
      'before the first backup': first - 3_600_000,
      'in the future': Date.now() + 3_600_000,
    };
    for (const ms of Object.values(unreachable)) {
      await field.fill(typed(ms));
      await dialog.getByText('Cannot be restored', { exact: true }).waitFor();
      expect(await next.isDisabled()).toBe(true);
      await dialog.getByRole('button', { name: /^Take/ }).first().waitFor();
    }
    await dialog.getByRole('button', { name: /^Take/ }).first().click();
    await dialog.getByText('Can be restored', { exact: true }).waitFor();
    expect(await next.isEnabled()).toBe(true);
    const flaws = await seriousFlaws(owner);
    expect(flaws).toEqual([]);
  });

  it('is restored paused, looked into and discarded', async () => {
    const dialog = await openPicker();
    const moment = claimedMs();
    await dialog.getByLabel('Time (UTC)').fill(typed(moment));
    const restored = await restore(dialog);
    await owner.getByText('Paused', { exact: true }).waitFor();
    await owner.getByRole('button', { name: /^Look into/ }).click();
    const drawer = owner.getByRole('dialog', {
      name: `Restored instance ${restored.id}`,
    });
    const statement = drawer.getByLabel('Read-only statement');
    await statement.fill('SELECT count(*) AS canaries FROM app.canary');
    await statement.press('Control+Enter');
    const rows = drawer.getByRole('table', { name: 'Result' });
    await rows.waitFor();
    const found = Number(await rows.getByRole('cell').textContent());
    // A row is written a little before its commit.
    expect(found).toBeGreaterThanOrEqual(await canariesUntil(moment - 500));
    expect(found).toBeLessThanOrEqual(await canariesUntil(moment + 500));
    expect(found).toBeLessThan(await canariesUntil(Date.now()));
    await statement.fill('DELETE FROM app.canary');
    await drawer.getByRole('button', { name: 'Run' }).click();
    await drawer.getByText('It gave an error').waitFor();
    expect(await seriousFlaws(owner)).toEqual([]);
    await drawer.getByRole('button', { name: 'Close' }).click();

    await owner.getByRole('button', { name: /^Discard restored/ }).click();
    await done(owner.getByRole('button', { name: 'Discard', exact: true }));
    await owner.getByText('Discarded', { exact: true }).waitFor();
  });

  it('is restored paused and promoted to a database of its own', async () => {
    const dialog = await openPicker();
    await dialog.getByRole('slider').press('End');
    await restore(dialog);
    await owner.getByRole('button', { name: /^Promote restored/ }).click();
    const promote = owner.getByRole('dialog', {
      name: 'Promote the restored instance',
    });
    await promote.getByLabel(`Type ${TIMESCALE} to confirm`).fill(TIMESCALE);
    await done(promote.getByRole('button', { name: 'Promote' }));
    await owner.getByText('Promoted', { exact: true }).waitFor();
    expect(await owner.getByText(/UNPROTECTED/).count()).toBe(0);
  });

  it.each([
    { look: 'dark', dark: true, width: 1440 },
    { look: 'light, on a phone', dark: false, width: 360 },
  ])('has no serious flaw: $look', async ({ dark, width }) => {
    const page = await stage.browser.signIn('owner', { dark, width });
    await page.goto(PAGE);
    await page.getByRole('img', { name: /^Recovery window:/ }).waitFor();
    await page
      .getByRole('table', { name: `Verifications of ${TIMESCALE}` })
      .waitFor();
    expect(await seriousFlaws(page)).toEqual([]);
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - innerWidth,
    );
    expect(overflow).toBeLessThanOrEqual(0);
    await page.getByRole('button', { name: 'Restore…' }).first().click();
    await page
      .getByRole('dialog')
      .getByLabel('A time', { exact: true })
      .click();
    await page.getByRole('slider').waitFor();
    expect(await seriousFlaws(page)).toEqual([]);
  });
});
