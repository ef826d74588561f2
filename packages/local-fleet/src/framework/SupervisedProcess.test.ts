import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { processStartTime } from './processTable';
import { SupervisedProcess } from './SupervisedProcess';
import { ProcessOptions } from './types';

jest.setTimeout(60_000);

describe('SupervisedProcess', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'supervised-'));
  });

  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  const readyFile = () => join(folder, 'ready');

  function supervise(script: string, options: Partial<ProcessOptions> = {}) {
    return new SupervisedProcess(
      {
        name: 'example',
        command: '/bin/sh',
        args: ['-c', script],
        ready: async () => existsSync(readyFile()),
        readySeconds: 20,
        ...options,
      },
      {
        pidFile: join(folder, 'example.json'),
        logFile: join(folder, 'example.log'),
        env: { PATH: process.env.PATH ?? '/usr/bin:/bin' },
      },
    );
  }

  const server = () => `touch '${readyFile()}'; exec sleep 300`;

  it('starts once, however often it is asked, and stops', async () => {
    const example = supervise(server());
    await example.start();
    const pid = await example.pid();
    await example.start();
    expect(await example.pid()).toBe(pid);
    await example.stop();
    expect(await example.state()).toBe('stopped');
    await example.stop();
  });

  it('is found again by another supervisor of the same pid file', async () => {
    await supervise(server()).start();
    const other = supervise(server());
    expect(await other.state()).toBe('running');
    await other.stop();
    expect(await other.state()).toBe('stopped');
  });

  it('ends a process that ignores its signal, and its children, by force', async () => {
    const childFile = join(folder, 'child');
    const example = supervise(
      `trap '' TERM; sleep 300 & echo $! > '${childFile}'; touch '${readyFile()}'; while :; do wait; done`,
      { stopSeconds: 0.3 },
    );
    await example.start();
    const child = Number(await readFile(childFile, 'utf8'));
    expect(await processStartTime(child)).toBeDefined();
    await example.stop();
    expect(await processStartTime(child)).toBeUndefined();
  });

  it('takes a later process with the same id for another one', async () => {
    await writeFile(
      join(folder, 'example.json'),
      JSON.stringify({ pid: process.pid, startTime: 'earlier' }),
    );
    const example = supervise(server());
    expect(await example.state()).toBe('stopped');
    await example.stop();
    expect(await processStartTime(process.pid)).toBeDefined();
  });

  it('tells the end of the log when the process ends while it starts', async () => {
    const example = supervise('echo the disk is full; sleep 0.3; exit 3');
    await expect(example.start()).rejects.toThrow(/the disk is full/);
    expect(await example.state()).toBe('stopped');
  });

  it('ends a process that never answers', async () => {
    const example = supervise('exec sleep 300', { readySeconds: 0.5 });
    await expect(example.start()).rejects.toThrow(/no answer within 0.5 s/);
    expect(await example.state()).toBe('stopped');
  });
});
