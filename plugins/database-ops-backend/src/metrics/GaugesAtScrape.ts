import { LoggerService } from '@backstage/backend-plugin-api';
import { toError } from '@backstage/errors';
import {
  Attributes,
  BatchObservableResult,
  Meter,
  ObservableGauge,
} from '@opentelemetry/api';

/** A name that is exported, with what it means. */
export interface GaugeDefinition {
  readonly name: string;
  readonly description: string;
}

/** States a gauge's value, for one set of labels. */
export type Observe<K extends string> = (
  gauge: K,
  value: number,
  labels?: Attributes,
) => void;

/** Gauges whose values are read when a scrape asks. */
export abstract class GaugesAtScrape<K extends string> {
  readonly #meter: Meter;
  readonly #logger: LoggerService;
  readonly #unread: string;
  readonly #gauges: Readonly<Record<K, ObservableGauge>>;

  constructor(options: {
    readonly meter: Meter;
    readonly logger: LoggerService;
    readonly gauges: Readonly<Record<K, GaugeDefinition>>;
    /** What is logged, before the cause, when they cannot be read. */
    readonly unread: string;
  }) {
    this.#meter = options.meter;
    this.#logger = options.logger;
    this.#unread = options.unread;
    this.#gauges = Object.fromEntries(
      Object.entries<GaugeDefinition>(options.gauges).map(
        ([key, { name, description }]) => [
          key,
          options.meter.createObservableGauge(name, { description }),
        ],
      ),
    ) as Record<K, ObservableGauge>;
  }

  start(): void {
    this.#meter.addBatchObservableCallback(
      this.#read,
      Object.values<ObservableGauge>(this.#gauges),
    );
  }

  stop(): void {
    this.#meter.removeBatchObservableCallback(
      this.#read,
      Object.values<ObservableGauge>(this.#gauges),
    );
  }

  /** Reads the facts and states every value that is known. */
  protected abstract observe(observe: Observe<K>): Promise<void>;

  readonly #read = async (result: BatchObservableResult): Promise<void> => {
    try {
      await this.observe((gauge, value, labels) =>
        result.observe(this.#gauges[gauge], value, labels),
      );
    } catch (thrown) {
      // Absent series are what an alert on absence sees; stale ones would lie.
      this.#logger.error(`${this.#unread}: ${toError(thrown).message}`);
    }
  };
}
