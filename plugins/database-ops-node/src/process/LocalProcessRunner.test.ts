import { Redactor } from '../secrets/Redactor';
import { LocalProcessRunner } from './LocalProcessRunner';
import { findProcess } from './processTable';
import { ToolError } from './ToolError';

const sh = (script: string) => ({
  command: '/bin/sh',
  args: ['-c', script],
  timeoutSeconds: 20,
});

describe('LocalProcessRunner', () => {
  const runner = new LocalProcessRunner({
    redactor: new Redactor(['known-secret']),
  });

  it('gives output, lines and exit code', async () => {
    const lines: string[] = [];
    const result = await runner.run({
      ...sh('echo out; echo err >&2; exit 3'),
      acceptExitCodes: [3],
      onLine: (line, stream) => lines.push(`${stream} ${line}`),
    });
    expect(result).toMatchObject({
      exitCode: 3,
      stdout: 'out\n',
      stderr: 'err\n',
    });
    expect(lines.sort()).toEqual(['stderr err', 'stdout out']);
  });

  it('gives the child a minimal environment and what is added, nothing else', async () => {
    process.env.OF_THE_PARENT = 'visible';
    const { stdout } = await runner.run({ ...sh('env'), env: { ADDED: 'x' } });
    delete process.env.OF_THE_PARENT;
    const names = stdout
      .trim()
      .split('\n')
      .map(line => line.split('=')[0]);
    expect(names).not.toContain('OF_THE_PARENT');
    expect(names).toEqual(
      expect.arrayContaining(['ADDED', 'PATH', 'HOME', 'TZ', 'LANG']),
    );
  });

  it('takes secrets of the environment and known ones out of lines and errors', async () => {
    const lines: string[] = [];
    const failing = runner.run({
      ...sh('echo "$REPO_KEY known-secret $PGUSER"; exit 1'),
      env: { REPO_KEY: 'hunter2hunter2', PGUSER: 'postgres' },
      onLine: line => lines.push(line),
    });
    await expect(failing).rejects.toThrow(
      'sh ended with exit code 1: [secret] [secret] postgres',
    );
    expect(lines).toEqual(['[secret] [secret] postgres']);
  });

  it('ends a tool whose time is up, by force when it ignores the signal', async () => {
    const stubborn = new LocalProcessRunner({ killAfterSeconds: 0.3 });
    let processId = 0;
    const running = stubborn.run({
      ...sh('trap "" TERM; echo $$; while :; do sleep 0.1; done'),
      timeoutSeconds: 0.5,
      onLine: line => {
        processId = Number(line);
      },
    });
    await expect(running).rejects.toThrow(
      'sh did not end within 0.5 s and was stopped',
    );
    expect(await findProcess(processId)).toBeUndefined();
  });

  it('rejects with the reason of an abort, before and while the tool runs', async () => {
    const early = runner.run({
      ...sh('echo'),
      signal: AbortSignal.abort(new Error('too late')),
    });
    await expect(early).rejects.toThrow('too late');
    const abort = new AbortController();
    setTimeout(() => abort.abort(new Error('cancelled')), 100);
    const running = runner.run({ ...sh('sleep 30'), signal: abort.signal });
    await expect(running).rejects.toThrow('cancelled');
  });

  it('says what to do when the tool is not there', async () => {
    const missing = runner.run({
      command: '/no/such/tool',
      args: [],
      timeoutSeconds: 5,
    });
    await expect(missing).rejects.toThrow(ToolError);
    await expect(
      runner.run({
        command: '/no/such/tool',
        args: [],
        timeoutSeconds: 5,
        input: 'x',
      }),
    ).rejects.toThrow('tool could not be started');
  });

  it('feeds input, and judges a tool that does not read it by its exit code', async () => {
    expect(await runner.run({ ...sh('cat'), input: 'fed' })).toMatchObject({
      stdout: 'fed\n',
    });
    const input = 'x'.repeat(1_000_000);
    expect(await runner.run({ ...sh('exit 0'), input })).toMatchObject({
      exitCode: 0,
    });
  });

  it('loses no line when this process stood still after the tool had ended', async () => {
    const running = runner.run(sh('seq 1 2000; sleep 0.2'));
    setTimeout(() => {
      const until = performance.now() + 6000;
      while (performance.now() < until) {
        // Starved: timers are due before the pipe is read.
      }
    }, 50);
    const { stdout } = await running;
    expect(stdout.trim().split('\n')).toHaveLength(2000);
  }, 15_000);

  it('does not wait for a daemon that holds the output open', async () => {
    const startedAtMs = performance.now();
    const { stdout } = await runner.run(sh('sleep 20 & echo $!'));
    process.kill(Number(stdout.trim()), 'SIGKILL');
    expect(performance.now() - startedAtMs).toBeLessThan(10_000);
  }, 15_000);
});
