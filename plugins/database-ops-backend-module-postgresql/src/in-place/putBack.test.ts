import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FakeSource } from '../__testUtils__/FakeSource';
import { entriesOf, RestorePlace } from '../restore/RestorePlace';
import { InPlaceJournal, InPlaceState } from './InPlaceJournal';
import { putBack } from './putBack';
import { RunningSource } from './sourceFacts';

const OTHER: RunningSource = {
  member: { name: 'pg-2', host: '127.0.0.1', port: 5432 },
  dataDirectory: '/data',
  configurationFile: '/data/postgresql.conf',
  port: 5432,
  archiveMode: 'on',
  archivingFails: false,
  synchronousStandbyNames: '',
  systemIdentifier: '1',
  timeline: 2,
  files: [],
  standbys: [],
  slots: [],
  patroniSessions: 0,
};

describe('bringing the source back', () => {
  let source: FakeSource;
  let place: RestorePlace;
  let journal: InPlaceJournal;
  let writer: RunningSource | undefined;

  beforeEach(async () => {
    source = await FakeSource.create();
    place = await source.place();
    writer = undefined;
  });

  afterEach(() => source.remove());

  async function begun(state: InPlaceState) {
    journal = await source.journal(place, state);
  }

  /** The source is kept aside, and a restored one is in its place. */
  async function switched(
    restored: Parameters<FakeSource['make']>[1] = { timeline: 2 },
  ) {
    await begun('switching');
    await writeFile(join(source.dataDirectory, 'mark'), 'source');
    await rename(source.dataDirectory, journal.keptDirectory);
    await source.make(source.dataDirectory, restored);
  }

  const back = () =>
    putBack({
      journal,
      place,
      copy: undefined,
      server: source.server(),
      findWriter: async () => writer,
      context: { logger: source.logger },
    });

  const runs = async () => (await source.server().pid()) !== undefined;

  it('starts one that the restore had stopped', async () => {
    await begun('stopping');
    await back();
    expect(await runs()).toBe(true);
    expect(await entriesOf(source.directory)).toEqual([]);
  });

  it('does not start one that the restore had not stopped: others may have taken over since', async () => {
    await begun('building');
    // Rewound to the line of the one that was promoted.
    await source.make(source.dataDirectory, { timeline: 2 });
    await back();
    expect(await runs()).toBe(false);
    expect(await entriesOf(place.directory)).toEqual([]);
  });

  it('does not start it beside another one that takes writes, and says so', async () => {
    await switched();
    writer = OTHER;
    await expect(back()).rejects.toThrow(/pg-2 takes writes \(timeline 2\)/);
    expect(await runs()).toBe(false);
    expect(await readFile(join(source.dataDirectory, 'mark'), 'utf8')).toBe(
      'source',
    );
    // The other one was stopped.
    writer = undefined;
    await back();
    expect(await runs()).toBe(true);
    expect(await entriesOf(place.directory)).toEqual([]);
  });

  it.each([
    [
      'whose log is not all archived',
      { timeline: 2, nextTransaction: 701 },
      '1 files of its log were not archived, 000000020000000000000005 first',
    ],
    [
      'that did not stop in order',
      { timeline: 2, isClean: false },
      'it did not stop in order',
    ],
  ])(
    'keeps what was written to a restored one %s, and says where',
    async (_what, restored, reason) => {
      await switched(restored);
      await source.leaveUnarchived(source.dataDirectory);
      await back();
      expect(await runs()).toBe(true);
      expect(journal.state).toBe('put-back');
      expect(journal.isSettled).toBe(true);
      expect(await entriesOf(journal.abandonedDirectory)).toContain('pg_wal');
      expect(source.lines.join('\n')).toContain(
        `(${reason}): it is kept in ${journal.abandonedDirectory}`,
      );
    },
  );

  it('keeps nothing of a restored one that no transaction wrote to', async () => {
    await switched();
    await source.leaveUnarchived(source.dataDirectory);
    await back();
    expect(await entriesOf(place.directory)).toEqual([]);
  });

  it('removes nothing that an earlier rollback took out of its place', async () => {
    await switched();
    await source.make(journal.abandonedDirectory, { timeline: 2 });
    await expect(back()).rejects.toThrow('holds what an earlier rollback took');
    expect(await entriesOf(journal.abandonedDirectory)).toContain('pg_wal');
  });

  it('leaves one alone that was rebuilt and started since', async () => {
    await begun('stopping');
    writer = OTHER;
    await source.make(source.dataDirectory, { timeline: 2 });
    await source.serve();
    await back();
    expect(await runs()).toBe(true);
    expect(await entriesOf(place.directory)).toEqual([]);
  });
});
