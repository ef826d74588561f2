import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isError } from '@backstage/errors';
import { listProcessGroup } from 'backstage-plugin-database-ops-node';
import {
  isProgress,
  lastOf,
  TOY_PASSPHRASE,
  ToyWorkshop,
} from './__testUtils__/ToyWorkshop';

jest.setTimeout(180_000);

describe('secrets of a worker', () => {
  let workshop: ToyWorkshop;

  beforeAll(async () => {
    workshop = await ToyWorkshop.create();
  });

  afterAll(async () => {
    await workshop?.close();
  });

  it('keeps secrets out of arguments, environment, spec, events, log and repository', async () => {
    const database = await workshop.newDatabase('discreet');
    const handle = await workshop.start(
      workshop.seal(database, { parameters: { slowSeconds: 2, leak: 'log' } }),
    );
    await workshop.followUntil(handle, isProgress);
    const leader = await workshop.processIdOf(handle);
    const secrets = [
      TOY_PASSPHRASE,
      workshop.repository.secretAccessKey.reveal(),
      workshop.repository.accessKeyId.reveal(),
    ];
    const seen: Record<string, string> = {
      environ: await readFile(`/proc/${leader}/environ`, 'utf8'),
    };
    for (const { processId } of await listProcessGroup(leader)) {
      seen[`cmdline ${processId}`] = await commandLineOf(processId);
    }
    const events = await workshop.followToEnd(handle);
    expect(JSON.stringify(events)).toContain('the passphrase is [secret]');
    Object.assign(seen, await workshop.stateFiles(handle));
    for await (const { key } of workshop.store.list('')) {
      seen[key] = (await workshop.store.get(key))!.body.toString('utf8');
    }
    const places = Object.keys(seen).filter(place =>
      secrets.some(secret => seen[place].includes(secret)),
    );
    expect(places).toEqual([]);
    expect(Object.keys(seen).length).toBeGreaterThan(10);
    const { mode } = await stat(join(handle.reference, 'spec.json'));
    expect(mode & 0o777).toBe(0o600);
  });

  it('withholds a result into which the engine put a secret', async () => {
    const database = await workshop.newDatabase('leaking');
    const events = await workshop.run(
      workshop.seal(database, { parameters: { leak: 'result' } }),
    );
    expect(lastOf(events)).toMatchObject({
      failure: { code: 'secret-in-result' },
    });
  });
});

/** Empty when the process has ended since it was listed. */
async function commandLineOf(processId: number): Promise<string> {
  try {
    return await readFile(`/proc/${processId}/cmdline`, 'utf8');
  } catch (error) {
    if (isError(error) && (error.code === 'ENOENT' || error.code === 'ESRCH')) {
      return '';
    }
    throw error;
  }
}
