import { mkdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { FakeSource } from '../__testUtils__/FakeSource';
import { entriesOf } from '../restore/RestorePlace';
import { removeTablespaces } from './removeTablespaces';

const OWN = 'PG_15_202209061';
const OTHERS = ['PG_13_202007201', 'PG_16_202307071', 'unrelated'];

describe('the tablespaces of a server that was kept aside', () => {
  let source: FakeSource;
  let kept: string;
  let location: string;

  beforeEach(async () => {
    source = await FakeSource.create();
    kept = join(source.root, 'kept');
    location = join(source.root, 'fast-disk');
    await source.make(kept, { timeline: 1 });
    await linkFrom(kept);
    for (const folder of [OWN, ...OTHERS]) {
      await mkdir(join(location, folder), { recursive: true });
    }
  });

  afterEach(() => source.remove());

  async function linkFrom(directory: string): Promise<void> {
    await mkdir(join(directory, 'pg_tblspc'));
    await symlink(location, join(directory, 'pg_tblspc', '16400'));
  }

  const remove = () => removeTablespaces(kept, source.server());
  const left = async () => (await entriesOf(location)).sort();

  it('go without those that servers of other versions have at the same place', async () => {
    await remove();
    expect(await left()).toEqual(OTHERS);
  });

  it('stay where the present server uses the same place', async () => {
    await linkFrom(source.dataDirectory);
    await remove();
    expect(await left()).toEqual([...OTHERS, OWN].sort());
  });

  it('are not looked for in what an earlier removal left of it', async () => {
    await rm(join(kept, 'global'), { recursive: true });
    await remove();
    expect(await left()).toEqual([...OTHERS, OWN].sort());
  });
});
