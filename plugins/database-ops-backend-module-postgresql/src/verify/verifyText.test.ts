import { readVerifyText } from './verifyText';

const REPORT = `
stanza: app
status: error
  archiveId: 15-1, total WAL checked: 7, total valid WAL: 6
    missing: 0, checksum invalid: 0, size invalid: 0, other: 1
  backup: 20261123-020003F, status: valid, total files checked: 980, total valid files: 980
    missing: 0, checksum invalid: 0, size invalid: 0, other: 0
  backup: 20261123-020003F_20261123-030003I, status: invalid, total files checked: 990, total valid files: 987
    missing: 1, checksum invalid: 2, size invalid: 0, other: 0
`;

const LOG = `
P02   INFO: invalid result '15-1/0000000100000000/000000010000000000000004-${'0a'.repeat(20)}.zst'
P01   INFO: invalid checksum '20261123-020003F_20261123-030003I/bundle/1/pg_data/base/1/2'
`;

describe('readVerifyText', () => {
  it('gives every archive and backup with what is wrong with it', () => {
    expect(readVerifyText(REPORT, 'app', LOG)).toEqual({
      status: 'error',
      archives: [
        {
          name: 'archive 15-1',
          checkedFiles: 7,
          validFiles: 6,
          wrong: '1 other',
          files: ['000000010000000000000004'],
        },
      ],
      backups: [
        {
          name: 'backup 20261123-020003F',
          backupId: '20261123-020003F',
          status: 'valid',
          checkedFiles: 980,
          validFiles: 980,
          wrong: '',
          files: [],
        },
        {
          name: 'backup 20261123-020003F_20261123-030003I',
          backupId: '20261123-020003F_20261123-030003I',
          status: 'invalid',
          checkedFiles: 990,
          validFiles: 987,
          wrong: '1 missing, 2 checksum invalid',
          files: ['bundle/1/pg_data/base/1/2'],
        },
      ],
    });
  });

  it('tells an empty repository from a healthy one', () => {
    expect(
      readVerifyText(
        'stanza: app\nstatus: ok\n  archiveId: none found\n  backup: none found\n',
        'app',
      ),
    ).toEqual({ status: 'ok', archives: [], backups: [] });
  });

  it.each([
    ['nothing', ''],
    ['another stanza', REPORT.replace('stanza: app', 'stanza: other')],
    ['no status', REPORT.replace('status: error\n', '')],
    ['a new kind of line', `${REPORT}\n  page checksum: 3`],
    [
      'errors of nothing',
      'stanza: app\nstatus: ok\n missing: 0, checksum invalid: 0, size invalid: 0, other: 0',
    ],
  ])('takes %s for no report', (_name, text) => {
    expect(() => readVerifyText(text, 'app')).toThrow(/not understood/);
  });
});
