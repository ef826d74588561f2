import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { requireBelow, requireSpace, RestorePlace } from './RestorePlace';

describe('RestorePlace', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'restore-place-'));
  });

  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  function create(directory = RestorePlace.pathOf(folder, 'orders', 'op-1')) {
    return RestorePlace.create({
      directory,
      databaseId: 'orders',
      operationId: 'op-1',
      account: {},
    });
  }

  it('is opened again by its marker and removed without a trace', async () => {
    const { directory } = await create();
    const place = await RestorePlace.open(directory, {});
    expect(place).toMatchObject({ databaseId: 'orders', operationId: 'op-1' });
    await place!.remove();
    expect(await readdir(folder)).toEqual([]);
    expect(await RestorePlace.open(directory, {})).toBeUndefined();
  });

  it('keeps its socket short in a deep folder, and removes that too', async () => {
    const deep = join(folder, 'a'.repeat(90));
    const place = await create(RestorePlace.pathOf(deep, 'orders', 'op-1'));
    expect(place.socketDirectory.length).toBeLessThan(60);
    await place.remove();
    await expect(readdir(place.socketDirectory)).rejects.toThrow('ENOENT');
  });

  it('refuses a place that is not empty', async () => {
    const directory = RestorePlace.pathOf(folder, 'orders', 'op-1');
    await mkdir(directory);
    await writeFile(join(directory, 'precious'), '');
    await expect(create(directory)).rejects.toThrow('is not empty');
    await expect(RestorePlace.open(directory, {})).rejects.toThrow(
      'was not made by a restore',
    );
  });

  it('removes no folder that its marker was rewritten to name, nor what a link there leads to', async () => {
    const { directory } = await create();
    const precious = join(folder, 'precious');
    await mkdir(precious);
    await writeFile(join(precious, 'kept'), '');
    const link = join(tmpdir(), `dbops-restore-${basename(folder).slice(-6)}`);
    await symlink(precious, link);
    const marker = join(directory, '.database-ops-restore.json');
    const written = JSON.parse(await readFile(marker, 'utf8'));
    try {
      for (const socketDirectory of [
        precious,
        '/',
        tmpdir(),
        join(directory, '..'),
        `${directory}/run/../../precious`,
        `${tmpdir()}/dbops-restore-abcdef/../${basename(folder)}`,
        join(tmpdir(), 'other-abcdef'),
        link,
      ]) {
        await writeFile(
          marker,
          JSON.stringify({ ...written, socketDirectory }),
        );
        await expect(RestorePlace.open(directory, {})).rejects.toThrow(
          'nothing was removed',
        );
      }
    } finally {
      await rm(link);
    }
    expect(await readdir(precious)).toEqual(['kept']);
    await writeFile(marker, JSON.stringify(written));
    await (await RestorePlace.open(directory, {}))!.remove();
    expect(await readdir(folder)).toEqual(['precious']);
  });

  it('is removed again after a removal that was interrupted', async () => {
    const deep = join(folder, 'a'.repeat(90));
    const { directory, socketDirectory } = await create(
      RestorePlace.pathOf(deep, 'orders', 'op-1'),
    );
    await rm(socketDirectory, { recursive: true });
    await (await RestorePlace.open(directory, {}))!.remove();
    expect(await readdir(deep)).toEqual([]);
  });

  it('does not count as abandoned while its worker lives, nor once it is finished', async () => {
    const place = await create();
    expect(place.isAbandoned).toBe(false);
    await place.finish();
    expect(place.isAbandoned).toBe(false);
  });

  it('lets nothing outside the restore folder be discarded', async () => {
    await symlink('/', join(folder, 'orders-link'));
    for (const path of [
      '/',
      folder,
      join(folder, '..', 'orders-x'),
      join(folder, 'orders-x', 'data'),
      join(folder, 'billing-x'),
      join(folder, 'orders-link'),
    ]) {
      await expect(requireBelow(folder, 'orders', path)).rejects.toThrow(
        'nothing was removed',
      );
    }
    await requireBelow(folder, 'orders', join(folder, 'orders-x'));
  });

  it('says how much space is needed and how much is free', async () => {
    await expect(requireSpace(folder, 1e18, 0)).rejects.toThrow(
      /needs 1100000 TB|needs 1100 PB/,
    );
    await requireSpace(folder, 1, 0);
  });
});
