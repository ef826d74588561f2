import { SignalStatus } from 'backstage-plugin-database-ops-common';
import {
  judge,
  SignalFacts,
  Threshold,
} from 'backstage-plugin-database-ops-node';
import { definitionOf, SIGNAL_IDS, SignalId } from './definitions';
import { describeBounds } from './describeBounds';

/**
 * Configured bounds, by signal; a bound that is absent keeps its default.
 *
 * @public
 */
export type ConfiguredThresholds = Readonly<
  Record<string, { readonly warning?: number; readonly critical?: number }>
>;

/** Signals whose bounds can be configured. */
export const CONFIGURABLE_SIGNALS: readonly SignalId[] = SIGNAL_IDS.filter(
  id => definitionOf(id).bounds,
);

/** What each signal is judged by: the defaults, and what configuration says instead. */
export class Limits {
  readonly #configured: ConfiguredThresholds;

  constructor(configured: ConfiguredThresholds = {}) {
    this.#configured = configured;
  }

  /**
   * @param derived - bounds that follow from a setting of the server, for a signal without fixed ones
   */
  bounds(id: SignalId, derived: Threshold = {}): Threshold {
    return {
      ...definitionOf(id).bounds,
      ...derived,
      ...this.#configured[id],
    };
  }

  status(id: SignalId, value: number, derived?: Threshold): SignalStatus {
    return judge(value, this.bounds(id, derived));
  }

  /** The facts that are the same whatever was found. */
  facts(
    id: SignalId,
    derived?: Threshold,
  ): Pick<SignalFacts, 'title' | 'unit' | 'threshold'> & {
    readonly id: string;
  } {
    const { title, unit, rule } = definitionOf(id);
    const bounds = describeBounds(this.bounds(id, derived), unit);
    const threshold = [bounds, derived ? undefined : rule]
      .filter(Boolean)
      .join('; ');
    return {
      id,
      title,
      ...(unit === undefined ? {} : { unit }),
      ...(threshold ? { threshold } : {}),
    };
  }
}
