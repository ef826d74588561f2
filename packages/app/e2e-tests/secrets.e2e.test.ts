import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { readBackupObjects } from 'local-fleet';
import { databaseEntry, TIMESCALE } from './harness/fleetDatabase';
import { FleetSecrets } from './harness/fleetSecrets';
import {
  backupOf,
  inventoryOf,
  Operation,
  Operations,
  restoreOf,
  WantedOperation,
} from './harness/operations';
import {
  leaveInBrowserStorage,
  readBrowserStorage,
} from './harness/browserStorage';
import { Footprint } from './harness/Footprint';
import { listProcesses } from './harness/processes';
import { Stage } from './harness/Stage';

const OTHER = 'analytics-copy';
const SERVICE = 'external:night-shift';
const SERVICE_TOKEN = randomUUID();
const API_DOCUMENT = join(
  __dirname,
  '../../../plugins/database-ops-backend/src/schema/openapi.yaml',
);

/**
 * The only process of the fleet that is given a secret by its environment:
 * SeaweedFS takes the key of its server-side encryption in no other way.
 */
const ALLOWED = { command: 'weed', variable: 'WEED_S3_SSE_KEK' };

describe('secrets of databases and repositories', () => {
  let stage: Stage;
  let operations: Operations;
  let secrets: FleetSecrets;
  /** What was seen of every process while operations ran. */
  const seen = new Map<string, string>();
  let backup: Operation;
  let restore: Operation;

  beforeAll(async () => {
    stage = await Stage.start({
      only: ['s3', 'postgresql'],
      freshFleet: true,
      configuration: async fleet => ({
        backend: {
          auth: {
            externalAccess: [
              {
                type: 'static',
                options: { token: SERVICE_TOKEN, subject: SERVICE },
              },
            ],
          },
        },
        databaseOps: {
          databases: {
            [TIMESCALE]: await databaseEntry(fleet),
            [OTHER]: await databaseEntry(fleet),
          },
          services: [
            { subject: SERVICE, databases: [TIMESCALE], kinds: ['inventory'] },
          ],
        },
      }),
    });
    operations = await Operations.of(stage, [TIMESCALE, OTHER]);
    secrets = await FleetSecrets.of(stage.fleet);
    backup = await watched(backupOf(TIMESCALE));
    restore = await watched(restoreOf(TIMESCALE));
  });

  afterAll(async () => {
    await stage?.stop();
  });

  /** Runs an operation and looks at every process and worker's file all the while. */
  async function watched(wanted: WantedOperation): Promise<Operation> {
    const { id } = await operations.start(wanted);
    let ended = false;
    const watching = (async () => {
      while (!ended) {
        await lookAtProcesses();
        await lookAtWorker(id);
      }
    })();
    try {
      const operation = await operations.untilEnded(id);
      expect(operation).toMatchObject({ state: 'succeeded' });
      return operation;
    } finally {
      ended = true;
      await watching;
    }
  }

  async function lookAtProcesses(): Promise<void> {
    for (const each of await listProcesses()) {
      const command = basename(each.arguments[0] ?? '');
      const words = [
        ...each.arguments,
        ...each.environment.filter(
          variable =>
            !(
              command === ALLOWED.command &&
              variable.startsWith(`${ALLOWED.variable}=`)
            ),
        ),
      ];
      // A process may change its arguments: each version is kept.
      const text = words.join('\n');
      seen.set(`process ${command} ${text.length} ${each.pid}`, text);
    }
  }

  async function lookAtWorker(id: string): Promise<void> {
    const folder = join(operations.workersDirectory, id);
    for (const name of [
      'spec.json',
      'worker.json',
      'events.jsonl',
      'worker.log',
    ]) {
      const file = join(folder, name);
      if (existsSync(file)) {
        // Removed with the folder between two looks, when the operation ended.
        const text = await readFile(file, 'utf8').catch(
          (error: NodeJS.ErrnoException) => {
            if (error.code !== 'ENOENT') {
              throw error;
            }
            return '';
          },
        );
        seen.set(`worker ${id} ${name} ${text.length}`, text);
      }
    }
  }

  it('knows the secrets it looks for, and finds them where they belong', async () => {
    expect(secrets.names).toEqual(
      expect.arrayContaining([
        'pg-dbops_monitor',
        'pgbackrest-cipher',
        's3-worker-secret-key',
        'key of dbops-worker, line 1',
      ]),
    );
    const identities = await readFile(
      join(stage.fleet.context.directory, 's3/identities.json'),
      'utf8',
    );
    expect(secrets.foundIn(identities)).toContain('s3-worker-secret-key');
  });

  it('are in no argument and no environment of any process, and in no file of a worker, during a backup and a restore', () => {
    const places = [...seen.keys()];
    for (const witness of [
      /^process pgbackrest /,
      /^process postgres /,
      /^process node /,
      / spec\.json /,
      / events\.jsonl /,
    ]) {
      expect(places.some(place => witness.test(place))).toBe(true);
    }
    expect(secrets.foundAt(seen)).toEqual([]);
  });

  it('are in no answer of any route that reads, events and audit history included', async () => {
    const document = await readFile(API_DOCUMENT, 'utf8');
    const routes = [...document.matchAll(/^ {2}(\/\S*):\n {4}get:/gm)].map(
      ([, route]) => route,
    );
    expect(routes.length).toBeGreaterThan(15);
    const answers = new Map<string, string>();
    for (const role of ['owner', 'approver']) {
      for (const route of routes) {
        for (const path of await pathsOf(route)) {
          const { status, body } = await stage.api(role, path);
          answers.set(`${role} ${path} ${status}`, JSON.stringify(body));
        }
      }
    }
    const answered = [...answers.keys()].filter(key => key.endsWith(' 200'));
    expect(answered.length).toBeGreaterThan(routes.length);
    expect(secrets.foundAt(answers)).toEqual([]);
  });

  /** A route with every id that it can be asked about. */
  async function pathsOf(route: string): Promise<readonly string[]> {
    const now = Math.floor(Date.now() / 1000);
    const values: Readonly<Record<string, readonly string[]>> = {
      databaseId: [TIMESCALE, OTHER],
      operationId: [backup.id, restore.id],
      restoredInstanceId: [restore.id],
      panelId: ['1'],
    };
    let paths = [route];
    for (const [placeholder, name] of route.matchAll(/\{(\w+)\}/g)) {
      if (!values[name]) {
        throw new Error(
          `Route ${route} has a parameter that this test does not know; add its ids`,
        );
      }
      paths = paths.flatMap(path =>
        values[name].map(value => path.replace(placeholder, value)),
      );
    }
    const queries: Readonly<Record<string, string>> = {
      data: `?from=${now - 600}&to=${now}`,
      export: '?format=jsonl',
      'blast-radius': '?kind=restore',
      reachability: `?time=${new Date((now - 60) * 1000).toISOString()}`,
    };
    return paths.map(path => `${path}${queries[basename(path)] ?? ''}`);
  }

  it("are in no table and no log of the portal, raw bytes of its database's files included", async () => {
    const files = new Map<string, string>();
    const folder = join(stage.stateDirectory, 'portal');
    for (const entry of await readdir(join(folder, 'database'))) {
      const path = join(folder, 'database', entry);
      if ((await stat(path)).isFile()) {
        files.set(entry, await readFile(path, 'latin1'));
      }
    }
    files.set('portal.log', await readFile(stage.portal.logFile, 'utf8'));
    expect([...files.keys()]).toEqual(
      expect.arrayContaining(['database-ops.sqlite', 'portal.log']),
    );
    const tables = [...files.values()].join('\n');
    // What was written is among the bytes that are searched.
    expect(tables).toContain(backup.id);
    expect(secrets.foundAt(files)).toEqual([]);
  });

  it('are in no inventory, outcome, lease or probe in the repository', async () => {
    const { context } = stage.fleet;
    const objects = new Map([
      ...(await readBackupObjects(context, 'databases/')),
      ...(await readBackupObjects(context, 'control/')),
    ]);
    expect([...objects.keys()]).toEqual(
      expect.arrayContaining([
        `databases/${TIMESCALE}/inventory.json`,
        `databases/${TIMESCALE}/operations/${restore.id}.json`,
        `control/databases/${TIMESCALE}/lease.json`,
      ]),
    );
    expect(secrets.foundAt(objects)).toEqual([]);
  });

  it('are in no storage of a browser that has looked at everything', async () => {
    const page = await stage.browser.signIn('owner');
    for (const path of [
      '/databases',
      `/catalog/default/resource/${TIMESCALE}/database`,
      `/databases/operations/${backup.id}`,
      `/databases/operations/${restore.id}`,
      '/databases/policies',
      '/databases/audit',
    ]) {
      await page.goto(path);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.waitForLoadState('networkidle');
    }
    const witness = randomUUID();
    await leaveInBrowserStorage(page, witness);
    const stored = await readBrowserStorage(page);
    expect(
      [...stored]
        .filter(([, text]) => text.includes(witness))
        .map(([at]) => at),
    ).toEqual(['cookies', 'localStorage', 'indexedDB', 'sessionStorage']);
    expect(secrets.foundAt(stored)).toEqual([]);
  });

  it('are in no file that configures or logs the restored server once it is open', async () => {
    const { body } = await stage.api(
      'owner',
      `/restored-instances/${restore.id}`,
    );
    const files = new Map<string, string>();
    for (const entry of await readdir(body.directory, {
      recursive: true,
      withFileTypes: true,
    })) {
      const path = join(entry.parentPath, entry.name);
      // Tables and WAL are the source's own content.
      if (entry.isFile() && !/\/(base|global|pg_[a-z]+)\//.test(path)) {
        files.set(path, await readFile(path, 'latin1'));
      }
    }
    expect([...files.keys()].map(path => basename(path))).toEqual(
      expect.arrayContaining(['postgresql.conf', 'postgresql.auto.conf']),
    );
    expect(secrets.foundAt(files)).toEqual([]);
  });

  it('give a static service token no more than what the configuration names', async () => {
    const ask = (body: WantedOperation) =>
      stage.apiWithToken(SERVICE_TOKEN, '/operations', {
        method: 'POST',
        headers: { 'Idempotency-Key': randomUUID() },
        body,
      });
    const refused = [
      backupOf(TIMESCALE),
      restoreOf(TIMESCALE),
      {
        databaseId: TIMESCALE,
        kind: 'discard',
        parameters: { restoredInstanceId: restore.id },
      },
      inventoryOf(OTHER),
      inventoryOf('no-such-database'),
    ];
    for (const wanted of refused) {
      const { status, body } = await ask(wanted);
      expect({ wanted, status, name: body.error?.name }).toEqual({
        wanted,
        status: 403,
        name: 'NotAllowedError',
      });
      expect(body.error.message).toContain('databaseOps.services');
    }
    const { body: audit } = await stage.api('approver', '/audit-events');
    const denied = audit.items.filter(
      (event: { actor: string; outcome: string }) =>
        event.actor === `service:${SERVICE}` && event.outcome === 'denied',
    );
    expect(denied).toHaveLength(refused.length);

    const allowed = await ask(inventoryOf(TIMESCALE));
    expect(allowed.status).toBe(201);
    const ended = await operations.untilEnded(allowed.body.id);
    expect(ended).toMatchObject({
      state: 'succeeded',
      requestedBy: `service:${SERVICE}`,
    });
    const wrong = await stage.apiWithToken(randomUUID(), '/databases');
    expect(wrong.status).toBe(401);
  });

  it('go with their files: no process, listening port or folder is left of portal and fleet', async () => {
    const footprint = await Footprint.of([
      stage.stateDirectory,
      stage.fleet.context.directory,
    ]);
    expect(footprint.pids).toContain(stage.portal.pid);
    expect(footprint.ports).toContain(stage.portal.port);
    for (const member of stage.fleet.members) {
      expect(footprint.ports).toEqual(
        expect.arrayContaining(Object.values(member.ports)),
      );
    }
    // The restored server still runs: it has to go as well.
    await stage.stop();
    expect(await footprint.left()).toEqual([]);
  });
});
