import { ObjectVersion, planUndelete } from './planUndelete';

const before = new Date('2026-11-23T10:00:00Z');

function version(
  key: string,
  time: string,
  more: Partial<ObjectVersion> = {},
): ObjectVersion {
  return {
    key,
    versionId: `${key}@${time}${more.isDeleteMarker ? '-deleted' : ''}`,
    modifiedAt: new Date(`2026-11-23T${time}Z`),
    isDeleteMarker: false,
    isLatest: false,
    sizeBytes: 7,
    ...more,
  };
}

const deleted = { isDeleteMarker: true } as const;

describe('planUndelete', () => {
  it('removes the markers of an object that was only deleted', () => {
    expect(
      planUndelete(
        [
          version('a', '10:00:05', deleted),
          version('a', '10:00:01', deleted),
          version('a', '09:59:59'),
        ],
        before,
      ),
    ).toEqual([
      {
        key: 'a',
        versionId: 'a@09:59:59',
        sizeBytes: 7,
        markers: ['a@10:00:05-deleted', 'a@10:00:01-deleted'],
      },
    ]);
  });

  it('copies the trusted version of an object that was replaced before it was deleted', () => {
    expect(
      planUndelete(
        [
          version('a', '10:00:05', deleted),
          version('a', '10:00:01'),
          version('a', '09:00:00'),
        ],
        before,
      ),
    ).toEqual([{ key: 'a', versionId: 'a@09:00:00', sizeBytes: 7 }]);
  });

  it('trusts nothing of the very moment', () => {
    expect(
      planUndelete(
        [version('a', '10:00:05', deleted), version('a', '10:00:00')],
        before,
      ),
    ).toEqual([]);
  });

  it('leaves alone what is there, what came later and what had been deleted before', () => {
    expect(
      planUndelete(
        [
          version('present', '10:00:01'),
          version('present', '09:00:00'),
          version('later', '10:00:02', deleted),
          version('later', '10:00:01'),
          version('earlier', '09:30:00', deleted),
          version('earlier', '09:00:00'),
        ],
        before,
      ),
    ).toEqual([]);
  });
});
