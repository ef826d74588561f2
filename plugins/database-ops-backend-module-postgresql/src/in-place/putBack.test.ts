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
