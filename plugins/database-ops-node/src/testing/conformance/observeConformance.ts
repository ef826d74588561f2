/* eslint-disable jest/no-export -- a suite that engine packages call, not a test file */
import { LoggerService } from '@backstage/backend-plugin-api';
import { healthStatusOf } from '../../engine/signals';
import { HealthFindings } from '../../engine/types';
import { DatabaseDefinition } from '../../databases/types';
import { ConformanceSubject, EngineConformanceOptions } from './types';

const TEST_TIMEOUT_MS = 60_000;
const CHECK_TIMEOUT_MS = 20_000;
const PATH = 'databaseOps.databases.conformance.engine';

/** What every engine owes in the portal: description and observation. */
export function observeConformance<TConfig>(
  { engine, wrongConfig }: EngineConformanceOptions<TConfig>,
  current: () => ConformanceSubject<TConfig>,
): void {
  const logged: string[] = [];
  const logger = recordingLogger(logged);

  async function check(
    database: DatabaseDefinition<TConfig>,
    signal = AbortSignal.timeout(CHECK_TIMEOUT_MS),
  ): Promise<HealthFindings> {
    const observer = engine.observe.createObserver(database);
    try {
      return await observer.checkHealth({ logger, signal });
    } finally {
      await observer.close();
    }
  }

  const secretsIn = (value: unknown) => {
    const text = JSON.stringify(value);
    return current().secrets.filter(secret => text.includes(secret)).length;
  };

  it('lists exactly the verbs that it has', () => {
    const { verbs } = engine.describe.capabilities(current().database.config);
    expect([...verbs].sort()).toEqual(Object.keys(engine.operate).sort());
  });

  it('names the key of a wrong configuration by its full path', () => {
    expect(() => engine.describe.readConfig(wrongConfig.raw, PATH)).toThrow(
      `${PATH}.${wrongConfig.key}`,
    );
  });

  it('prints no secret of its configuration', () => {
    expect(secretsIn(current().database)).toBe(0);
  });

  it('has members with unlike names', () => {
    const names = engine.describe
      .members(current().database.config)
      .map(({ name }) => name);
    expect(names.length).toBeGreaterThan(0);
    expect(new Set(names).size).toBe(names.length);
  });

  it('states a recovery window before any inventory was taken', () => {
    const window = engine.describe.recoveryWindow(
      current().database.id,
      undefined,
    );
    expect(window.databaseId).toBe(current().database.id);
    expect(window.sentence).not.toBe('');
  });

  it(
    'measures a server that is well: every signal known, none down, each with its sentence',
    async () => {
      const { signals, engineVersion } = await check(current().database);
      const status = healthStatusOf(signals);
      expect([status.status, status.sentence]).toEqual([
        expect.stringMatching(/^(healthy|degraded)$/),
        expect.any(String),
      ]);
      expect(engineVersion).toEqual(expect.any(String));
      const ids = signals.map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      for (const signal of signals) {
        expect([signal.id, signal.sentence.length > 0]).toEqual([
          signal.id,
          true,
        ]);
        expect(Number.isNaN(Date.parse(signal.observedAt))).toBe(false);
      }
      expect(secretsIn(signals)).toBe(0);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'says unknown with the reason, and not down, when the server refuses its credentials',
    async () => {
      const { signals } = await check(current().refused);
      expect(healthStatusOf(signals).status).toBe('unknown');
      expect(signals.some(signal => signal.down)).toBe(false);
      expect(secretsIn(signals)).toBe(0);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'ends its checks without a throw when their time is up',
    async () => {
      const startedAtMs = performance.now();
      const { signals } = await check(current().database, AbortSignal.abort());
      expect(performance.now() - startedAtMs).toBeLessThan(CHECK_TIMEOUT_MS);
      expect(healthStatusOf(signals).status).not.toBe('down');
    },
    TEST_TIMEOUT_MS,
  );

  it('keeps secrets out of the arguments of a session and out of its log', () => {
    const { args, command } = engine.observe.connectCommand(current().database);
    expect(secretsIn([command, ...args])).toBe(0);
    expect(secretsIn(logged)).toBe(0);
  });
}

function recordingLogger(lines: string[]): LoggerService {
  const record = (message: string, meta?: unknown) => {
    lines.push(`${message} ${JSON.stringify(meta) ?? ''}`);
  };
  const logger: LoggerService = {
    error: record,
    warn: record,
    info: record,
    debug: record,
    child: () => logger,
  };
  return logger;
}
