import * as fs from 'node:fs';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redactor } from 'backstage-plugin-database-ops-node';
import { EventFile } from '../executor/eventFile';
import { EventLog } from './EventLog';

jest.mock('node:fs', () => {
  const actual = jest.requireActual<typeof fs>('node:fs');
  return { ...actual, writeSync: jest.fn(actual.writeSync) };
});

const { writeSync } = jest.requireActual<typeof fs>('node:fs');
const mockedWrite = fs.writeSync as unknown as jest.Mock<
  number,
  [number, Buffer, number]
>;

describe('EventLog', () => {
  let folder: string;
  let path: string;
  let events: EventLog;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'event-log-'));
    path = join(folder, 'events.jsonl');
    events = EventLog.open(path, new Redactor([]));
  });

  afterEach(() => {
    events.close();
    mockedWrite.mockReset();
    mockedWrite.mockImplementation((descriptor, bytes, offset) =>
      writeSync(descriptor, bytes, offset),
    );
    rmSync(folder, { recursive: true });
  });

  const tearNext = () =>
    mockedWrite.mockImplementationOnce((descriptor, bytes, offset) =>
      writeSync(descriptor, bytes, offset, 10),
    );

  it('completes a line of which the system took only a part', async () => {
    tearNext();
    events.log('info', 'first');
    events.log('info', 'second');
    expect(await new EventFile(path).readNew()).toMatchObject([
      { seq: 1, message: 'first' },
      { seq: 2, message: 'second' },
    ]);
  });

  it('tells of an event that a full disk tore, and goes on with the next', async () => {
    events.log('info', 'first');
    tearNext();
    mockedWrite.mockImplementationOnce(() => {
      throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
    });
    expect(() => events.log('info', 'torn')).toThrow('no space left');
    events.result({ kept: true });
    expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(4);
    expect(await new EventFile(path).readNew()).toMatchObject([
      { seq: 1, message: 'first' },
      {
        seq: 2,
        type: 'log',
        level: 'warn',
        message: expect.stringContaining('cannot be read'),
      },
      { seq: 3, type: 'result', data: { kept: true } },
    ]);
  });
});
