import { Inventory } from 'backstage-plugin-database-ops-node';
import { checksumChecks } from './repositoryChecks';
import { VerifiedPart } from './verifyText';

function backup(backupId: string, validFiles: number): VerifiedPart {
  return {
    name: `backup ${backupId}`,
    backupId,
    status: validFiles === 10 ? 'valid' : 'invalid',
    checkedFiles: 10,
    validFiles,
    wrong: validFiles === 10 ? '' : `${10 - validFiles} missing`,
    files: [],
  };
}

const ARCHIVE: VerifiedPart = {
  name: 'archive 15-1',
  checkedFiles: 3,
  validFiles: 3,
  wrong: '',
  files: [],
};

const INVENTORY = {
  backups: [
    { id: 'whole', state: 'present' },
    { id: 'orphan', state: 'missing' },
  ],
} as unknown as Inventory;

describe('checksumChecks', () => {
  it('names what pgBackRest complains of though nothing is restored from it', () => {
    const checks = checksumChecks(
      {
        status: 'error',
        archives: [ARCHIVE],
        backups: [backup('whole', 10), backup('orphan', 4)],
      },
      INVENTORY,
    );
    expect(checks.map(({ id, status }) => [id, status])).toEqual([
      ['backup-checksums', 'passed'],
      ['archive-checksums', 'passed'],
      ['verify-status', 'failed'],
    ]);
    expect(checks[2].sentence).toBe(
      'pgbackrest verify says error; nothing is restored from backup orphan: 4 of 10 files are valid (6 missing); remove it.',
    );
  });

  it('passes where every file is valid', () => {
    const checks = checksumChecks(
      { status: 'ok', archives: [ARCHIVE], backups: [backup('whole', 10)] },
      INVENTORY,
    );
    expect(checks.map(({ status }) => status)).toEqual([
      'passed',
      'passed',
      'passed',
    ]);
  });
});
