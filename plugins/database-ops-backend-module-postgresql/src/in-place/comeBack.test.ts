import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  OperationFailedError,
  SOURCE_AS_BEFORE_CODES,
} from 'backstage-plugin-database-ops-node';
import { FakeSource } from '../__testUtils__/FakeSource';
import { entriesOf, RestorePlace } from '../restore/RestorePlace';
import { comeBack, undone } from './comeBack';
import { InPlaceJournal, InPlaceState } from './InPlaceJournal';
import { awaitBranch, takeTheSourcesPlace } from './switchOver';

describe('a restore in place that fails', () => {
  let source: FakeSource;
  let place: RestorePlace;
  let journal: InPlaceJournal;

  beforeEach(async () => {
    source = await FakeSource.create();
    await writeFile(join(source.dataDirectory, 'mark'), '');
    place = await source.place();
    await source.make(place.dataDirectory, { timeline: 2 });
  });

  afterEach(() => source.remove());

  const fails = () =>
    comeBack({
      journal,
      place,
      copy: undefined,
      server: source.server(),
      findWriter: async () => undefined,
      context: {
        logger: source.logger,
        signal: AbortSignal.abort(new Error('cancelled')),
      },
      reason: new Error('cancelled'),
    });

  const isSourceInPlace = async () =>
    (await entriesOf(source.dataDirectory)).includes('mark');

  it.each<InPlaceState>(['open', 'switching'])(
    'after the restored one let people in leaves both for a person to decide (%s)',
    async state => {
      journal = await source.journal(place, state);
      await rename(source.dataDirectory, journal.keptDirectory);
      await rename(place.dataDirectory, source.dataDirectory);
      await source.serve();
      await expect(fails()).rejects.toThrow(
        /Promote the restored instance .* to keep what runs, or discard it/,
      );
      expect(await source.server().letsIn()).toBe(true);
      expect(await isSourceInPlace()).toBe(false);
      expect(await entriesOf(journal.keptDirectory)).toContain('mark');
    },
  );

  it('because the restored one does not start puts the source back', async () => {
    journal = await source.journal(place, 'stopping');
    source.failing.add('start');
    await expect(
      takeTheSourcesPlace(journal, place, source.server(), {
        progress: () => undefined,
      }),
    ).rejects.toThrow('pg_ctl start failed');
    expect(journal.state).toBe('open');
    source.failing.clear();
    await fails();
    expect(await isSourceInPlace()).toBe(true);
    expect(await source.server().letsIn()).toBe(true);
  });

  it('says by its code that the source is as it was, whatever the cause', () => {
    const { signal } = new AbortController();
    const error = new OperationFailedError({
      cause: 'The disk is full.',
      object: '/in-place',
      nextStep: 'Free space.',
      code: 'restore-disk-full',
    });
    expect(undone(error, { signal })).toMatchObject({
      failure: { ...error.failure, code: 'in-place-undone' },
    });
    const refused = new OperationFailedError({
      ...error.failure,
      code: 'in-place-refused',
    });
    expect(undone(refused, { signal })).toBe(refused);
    expect(SOURCE_AS_BEFORE_CODES).toContain('in-place-undone');
  });

  it('is not one that is cancelled while its timeline is archived: only the waiting ends', async () => {
    await expect(
      awaitBranch(source.server(), 2, {
        progress: () => undefined,
        signal: AbortSignal.abort(new Error('cancelled')),
      }),
    ).resolves.toBe(false);
  });
});
