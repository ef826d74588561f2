import { Page } from 'playwright-core';
import { TIMESCALE } from './harness/fleetDatabase';
import { queryPrometheus } from './harness/fleetServers';
import { eventually, Stage } from './harness/Stage';

const MINUTE_MS = 60_000;
const MINUTES = 3;
const SCHEDULE = 'every-minute';
const REQUESTED_BY = `schedule:${TIMESCALE}/${SCHEDULE}`;
/** From the minute to the operation's row: schedules are looked at every ten seconds. */
const TAKEN_SECONDS = 30;
const RPO = { iso: 'PT1M30S', seconds: 90 };
const ALERT_SECONDS = 90;

/** A full backup each minute, and a promise that only such a schedule keeps. */
function policy(options: { readonly suspended: boolean }) {
  return {
    databaseOps: {
      policies: {
        'minute-by-minute': {
          objectives: { rpo: RPO.iso },
          schedules: {
            [SCHEDULE]: {
              kind: 'backup',
              type: 'full',
              cron: '* * * * *',
              timeZone: 'UTC',
              suspended: options.suspended,
            },
          },
        },
      },
      databases: { [TIMESCALE]: { policy: 'minute-by-minute' } },
    },
  };
}

describe('a schedule of two replicas', () => {
  let stage: Stage;
  let page: Page;
  /** The first minute that both replicas saw coming. */
  let firstMinuteMs: number;

  beforeAll(async () => {
    stage = await Stage.start({
      only: ['postgresql', 'monitoring'],
      replicas: 2,
      configuration: policy({ suspended: false }),
    });
    // Both have looked at their schedules once before it.
    const ready = Date.now() + 15_000;
    firstMinuteMs = Math.ceil(ready / MINUTE_MS) * MINUTE_MS;
    page = await stage.browser.signIn('owner');
    page.setDefaultTimeout(MINUTE_MS);
    await page.goto(`/catalog/default/resource/${TIMESCALE}/database`);
  });

  afterAll(async () => {
    await stage?.stop();
  });

  async function firing(): Promise<readonly string[]> {
    const { body } = await stage.api('owner', `/databases/${TIMESCALE}/alerts`);
    expect(body.state).toBe('current');
    return body.items.map(({ name }: { name: string }) => name);
  }

  /** Titles of what fires, as the entity's card lists them. */
  async function shownAlerts(): Promise<readonly string[]> {
    return page
      .locator('li', { has: page.getByText(/^Runbook for /) })
      .locator('strong')
      .allInnerTexts();
  }

  async function scheduled(): Promise<
    readonly { readonly state: string; readonly requestedAt: string }[]
  > {
    const { body } = await stage.api(
      'owner',
      `/operations?databaseId=${TIMESCALE}&kind=backup&limit=100`,
    );
    return body.items.filter(
      (each: { requestedBy: string }) => each.requestedBy === REQUESTED_BY,
    );
  }

  it('shows an alert of the fleet within 90 s, and that it went after the repair', async () => {
    await eventually('No alert of the start', firing, names => !names.length, {
      withinSeconds: 120,
    });
    const standby = stage.fleet.member('fleet-pg-2');
    await standby.stop();
    await eventually(
      'The alerts of a stopped standby on the page',
      shownAlerts,
      names =>
        names.includes('PostgreSQLDown') &&
        names.includes('PostgreSQLStandbyDisconnected'),
      { withinSeconds: ALERT_SECONDS },
    );
    await standby.start();
    await eventually(
      'No alert on the page after the repair',
      shownAlerts,
      names => names.length === 0,
      { withinSeconds: ALERT_SECONDS },
    );
  });

  it("draws in its panels what Prometheus answers to the panel's expression", async () => {
    const { body } = await stage.api('owner', `/databases/${TIMESCALE}/panels`);
    const panel = body.items.find(
      ({ title }: { title: string }) => title === 'WAL archive age',
    );
    const to = Math.floor(Date.now() / 1000) - 5;
    const { body: data } = await stage.api(
      'owner',
      `/databases/${TIMESCALE}/panels/${panel.id}/data?from=${to - 60}&to=${to}&stepSeconds=5`,
    );
    const answer = await queryPrometheus(stage.fleet, {
      query: `postgresql:wal_archive_age_seconds{database="${TIMESCALE}"}`,
      start: data.timestamps[0],
      end: data.timestamps.at(-1),
      step: 5,
    });
    const expected = answer.map(({ values }) => {
      const known = new Map(values);
      return data.timestamps.map((time: number) => {
        const text = known.get(time);
        return text === undefined ? null : Number(text);
      });
    });
    expect(expected.length).toBeGreaterThan(0);
    expect(
      data.series.map(({ values }: { values: unknown }) => values),
    ).toEqual(expected);
  });

  it('runs once a minute, whatever the number of replicas', async () => {
    const lastMinuteMs = firstMinuteMs + (MINUTES - 1) * MINUTE_MS;
    const untilMs = lastMinuteMs + TAKEN_SECONDS * 1000;
    await new Promise(resolve =>
      setTimeout(resolve, Math.max(0, untilMs - Date.now())),
    );
    const runs = await scheduled();
    const minutes = Array.from(
      { length: MINUTES },
      (_, index) => firstMinuteMs + index * MINUTE_MS,
    );
    expect(
      minutes.map(minuteMs => ({
        minute: new Date(minuteMs).toISOString(),
        runs: runs.filter(({ requestedAt }) => {
          const sinceMs = Date.parse(requestedAt) - minuteMs;
          return sinceMs >= 0 && sinceMs < MINUTE_MS;
        }).length,
      })),
    ).toEqual(
      minutes.map(minuteMs => ({
        minute: new Date(minuteMs).toISOString(),
        runs: 1,
      })),
    );
    await eventually(
      'Every scheduled backup succeeded',
      scheduled,
      found => found.every(({ state }) => state === 'succeeded'),
      { withinSeconds: 60 },
    );
  });

  it('turns overdue on page, API and as an alert once it is suspended', async () => {
    const freshness = async () =>
      (await stage.api('owner', `/databases/${TIMESCALE}`)).body.freshness;
    expect((await freshness()).state).toBe('kept');

    await stage.reconfigure(policy({ suspended: true }));
    const before = (await scheduled()).length;
    const missed = await eventually(
      'The objective is missed',
      freshness,
      ({ state }) => state === 'missed',
      { withinSeconds: RPO.seconds + 30 },
    );
    expect(missed.ageSeconds).toBeGreaterThan(RPO.seconds);
    await page.getByText('Objective missed', { exact: true }).first().waitFor();
    await eventually(
      'BackupOverdue fires',
      firing,
      names => names.includes('BackupOverdue'),
      { withinSeconds: ALERT_SECONDS },
    );
    await eventually(
      'BackupOverdue on the page',
      shownAlerts,
      names => names.includes('BackupOverdue'),
      { withinSeconds: MINUTE_MS / 1000 },
    );
    expect((await scheduled()).length).toBe(before);
  });
});
