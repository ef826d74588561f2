import {
  backupIn,
  inventoryOfSegments,
  numbers,
} from '../__testUtils__/history';
import { engine } from '../engine';
import { readRestoreParameters } from '../restore/parameters';

describe('what a request for the latest moment comes to', () => {
  const resolve = engine.describe.resolve!;
  const shortly = inventoryOfSegments({
    backups: [backupIn(2)],
    segments: [[1, [2]]],
  });
  const quiet = {
    ...shortly,
    logs: shortly.logs.map(
      ({ lastCommitAt: _at, lastCommitPosition: _position, ...log }) => log,
    ),
  };
  const goneOn = inventoryOfSegments({
    backups: [backupIn(2)],
    segments: [[1, numbers(2, 9)]],
  });

  it('is the end of the newest backup while nothing was committed since, whatever is archived later', () => {
    const { parameters, moment } = resolve('orders', quiet, { kind: 'latest' });
    expect(parameters).toEqual({ kind: 'backup', backupId: 'backup-2' });
    expect(resolve('orders', goneOn, parameters!).moment).toEqual(moment);
  });

  it('is a position once something was', () => {
    const { parameters } = resolve('orders', goneOn, { kind: 'latest' });
    expect(parameters).toMatchObject({
      kind: 'latest',
      lsn: expect.any(String),
    });
    expect(readRestoreParameters(parameters!).question).toMatchObject({
      kind: 'lsn',
    });
  });
});
