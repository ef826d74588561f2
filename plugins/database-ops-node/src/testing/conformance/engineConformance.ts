import { operateConformance } from './operateConformance';
import { observeConformance } from './observeConformance';
import { ConformanceSubject, EngineConformanceOptions } from './types';

const PREPARE_TIMEOUT_MS = 300_000;

/**
 * The behaviour that every engine owes to people and to the rest of this
 * software, as one suite of Jest tests against a real server. Call it at the
 * top of a `.integration.test.ts`; it uses Jest's globals.
 *
 * @public
 */
export function engineConformance<TConfig>(
  options: EngineConformanceOptions<TConfig>,
): void {
  describe(`engine ${options.engine.describe.kind}`, () => {
    let subject: ConformanceSubject<TConfig> | undefined;
    const current = () => {
      if (!subject) {
        throw new Error(
          'The servers of this suite did not come up; see its first failure.',
        );
      }
      return subject;
    };

    beforeAll(async () => {
      subject = await options.prepare();
    }, PREPARE_TIMEOUT_MS);

    afterAll(async () => {
      await subject?.close();
    }, PREPARE_TIMEOUT_MS);

    observeConformance(options, current);
    if (Object.keys(options.engine.operate).length > 0) {
      operateConformance(options, current);
    }
  });
}
