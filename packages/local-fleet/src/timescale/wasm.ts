import { ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface, Interface } from 'node:readline';
import { repositoryRoot } from '../framework/paths';
import { TimescaleServer } from './types';
import { WASM_MONITOR } from './wasmMonitor';

const TRANSFORM = 'node_modules/@backstage/cli/config/nodeTransform.cjs';
const SERVER = 'packages/local-fleet/src/timescale/wasmServer.ts';

/**
 * TimescaleDB without an installation. Passwords are not looked at,
 * `statement_timeout` is ignored, nothing runs in the background, and there is
 * one session at a time.
 */
export async function startWasm(): Promise<TimescaleServer> {
  const root = repositoryRoot();
  const child = spawn(
    process.execPath,
    ['--require', join(root, TRANSFORM), join(root, SERVER)],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const answers = createInterface({ input: child.stdout });
  const { port } = await nextAnswer<{ readonly port: number }>(child, answers);
  return {
    configuration: {
      members: [{ name: 'wasm', host: '127.0.0.1', port }],
      database: 'template1',
      username: WASM_MONITOR,
      password: 'not looked at',
      tls: { mode: 'disable' },
    },
    async query<TRow extends object>(sql: string) {
      child.stdin.write(`${JSON.stringify({ sql })}\n`);
      const { rows, error } = await nextAnswer<{
        readonly rows?: readonly TRow[];
        readonly error?: string;
      }>(child, answers);
      if (error !== undefined) {
        throw new Error(`${error} (${sql.slice(0, 200)})`);
      }
      return rows ?? [];
    },
    async close() {
      if (child.exitCode === null) {
        const ended = once(child, 'exit');
        child.stdin.end();
        await ended;
      }
    },
  };
}

async function nextAnswer<T>(
  child: ChildProcess,
  answers: Interface,
): Promise<T> {
  const ended = new AbortController();
  const onExit = (code: number | null) =>
    ended.abort(new Error(`TimescaleDB in WebAssembly ended (${code})`));
  child.once('exit', onExit);
  try {
    const [line] = (await once(answers, 'line', {
      signal: ended.signal,
    })) as [string];
    return JSON.parse(line) as T;
  } catch (error) {
    throw ended.signal.aborted ? ended.signal.reason : error;
  } finally {
    child.off('exit', onExit);
  }
}
