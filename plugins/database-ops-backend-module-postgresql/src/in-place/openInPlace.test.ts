import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FakeSource } from '../__testUtils__/FakeSource';
import { versionOf } from './openInPlace';

describe('the version of a source that the portal knows only the id of', () => {
  it('is read where the source lies: kept aside, or at its own place', async () => {
    const source = await FakeSource.create();
    try {
      const kept = join(source.root, 'kept');
      expect(await versionOf([kept, source.dataDirectory])).toBe('15');
      await rename(source.dataDirectory, kept);
      await writeFile(join(kept, 'PG_VERSION'), '9.6\n');
      expect(await versionOf([kept, source.dataDirectory])).toBe('9.6');
      expect(await versionOf([source.dataDirectory])).toBeUndefined();
    } finally {
      await source.remove();
    }
  });
});
