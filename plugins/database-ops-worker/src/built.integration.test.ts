// The other tests of this package run TypeScript; a portal runs what was built.
import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { WorkerEvent } from 'backstage-plugin-database-ops-node';
import { lastOf, ToyWorkshop } from './__testUtils__/ToyWorkshop';

const run = promisify(execFile);
const REPOSITORY = resolve(__dirname, '../../..');
const BUILD_MEGABYTES = 64;

/** Reads spec and secrets from standard input; prints where it was loaded from, then the events. */
const RUN_OPERATION = `
const { LocalExecutor } = require('backstage-plugin-database-ops-worker');
const { readFileSync } = require('node:fs');
async function main() {
  const { sealed, stateDirectory } = JSON.parse(readFileSync(0, 'utf8'));
  const executor = await LocalExecutor.create({ stateDirectory });
  const handle = await executor.start(sealed.spec, sealed.secrets);
  const events = [];
  const signal = new AbortController().signal;
  for await (const event of executor.follow(handle, 0, signal)) events.push(event);
  const loadedFrom = require.resolve('backstage-plugin-database-ops-worker');
  console.log(JSON.stringify({ loadedFrom, events, state: await executor.state(handle) }));
}
main();
`;

jest.setTimeout(600_000);

/** The portal's bundle: made of the sources as they are, only when they changed. */
async function buildBundle(): Promise<string> {
  const script = pathToFileURL(join(REPOSITORY, 'scripts/lib/bundle.mjs')).href;
  const { stdout } = await run(
    process.execPath,
    [
      '--input-type=module',
      '--eval',
      `import { preparePortal } from '${script}'; console.log(await preparePortal());`,
    ],
    { cwd: REPOSITORY, maxBuffer: BUILD_MEGABYTES * 1024 * 1024 },
  );
  return stdout.trim().split('\n').at(-1)!;
}

describe('the built worker', () => {
  let workshop: ToyWorkshop;
  let bundle: string;

  beforeAll(async () => {
    bundle = process.env.E2E_PORTAL_BUNDLE ?? (await buildBundle());
    workshop = await ToyWorkshop.create();
  });

  afterAll(async () => {
    await workshop?.close();
  });

  it('backs up by an engine that is none of the four, without a TypeScript loader', async () => {
    const database = await workshop.newDatabase('built');
    const sealed = workshop.seal(database);
    const child = run(process.execPath, ['--eval', RUN_OPERATION], {
      cwd: join(bundle, 'packages/backend'),
      env: { PATH: process.env.PATH, NODE_ENV: 'production' },
    });
    child.child.stdin?.end(
      JSON.stringify({
        sealed,
        stateDirectory: join(workshop.folder, 'built-state'),
      }),
    );
    const { loadedFrom, events, state } = JSON.parse((await child).stdout) as {
      readonly loadedFrom: string;
      readonly events: readonly WorkerEvent[];
      readonly state: object;
    };
    expect(loadedFrom).toBe(
      join(bundle, 'plugins/database-ops-worker/dist/index.cjs.js'),
    );
    expect(lastOf(events)).toMatchObject({
      type: 'result',
      data: {
        backup: { id: `toy-${sealed.spec.operationId}`, state: 'present' },
      },
    });
    expect(state).toMatchObject({ state: 'ended', exitCode: 0 });
    // What was compiled waits for the next worker.
    expect(
      await readdir(join(workshop.folder, 'built-state', '.compile-cache')),
    ).not.toEqual([]);
  });

  it("stands beside a backend that finds its own migrations, not the checkout's", async () => {
    const folder = join(bundle, 'plugins/database-ops-backend');
    const { stdout } = await run(process.execPath, [
      '--print',
      `require('${folder}/dist/database/applyMigrations.cjs.js').MIGRATIONS_DIRECTORY`,
    ]);
    expect(stdout.trim()).toBe(join(folder, 'migrations'));
  });
});
