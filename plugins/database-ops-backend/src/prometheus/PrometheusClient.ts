import { InputError, ServiceUnavailableError } from '@backstage/errors';
import { z } from 'zod';
import { MonitoringEndpoint } from './MonitoringEndpoint';

/** Prometheus refuses to answer with more points a series (web/api/v1, `query_range`). */
export const MAX_POINTS_PER_SERIES = 11_000;

const matrixSchema = z.object({
  status: z.literal('success'),
  data: z.object({
    resultType: z.literal('matrix'),
    result: z.array(
      z.object({
        metric: z.record(z.string(), z.string()),
        values: z.array(z.tuple([z.number(), z.string()])),
      }),
    ),
  }),
});

const errorSchema = z.object({
  status: z.literal('error'),
  errorType: z.string(),
  error: z.string(),
});

/** One series: labels and `[epoch seconds, value]` pairs as Prometheus wrote them. */
export interface RangeSeries {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [number, string])[];
}

/** A span of time in epoch seconds with its resolution. */
export interface QueryRange {
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly stepSeconds: number;
}

/** Range queries against the Prometheus of the configuration. */
export class PrometheusClient {
  readonly #endpoint: MonitoringEndpoint;

  constructor(endpoint: MonitoringEndpoint) {
    this.#endpoint = endpoint;
  }

  /**
   * @throws InputError when Prometheus cannot evaluate the expression,
   * ServiceUnavailableError when it is away.
   */
  async queryRange(
    expression: string,
    range: QueryRange,
  ): Promise<readonly RangeSeries[]> {
    const answer = await this.#endpoint.postForm(
      '/api/v1/query_range',
      new URLSearchParams({
        query: expression,
        start: String(range.startSeconds),
        end: String(range.endSeconds),
        step: String(range.stepSeconds),
      }),
    );
    const failure = errorSchema.safeParse(answer.body);
    if (failure.success) {
      const { errorType, error } = failure.data;
      if (errorType === 'bad_data') {
        throw new InputError(
          `Prometheus cannot evaluate the expression '${expression}': ${error}.`,
        );
      }
      throw new ServiceUnavailableError(
        `Prometheus could not answer (${errorType}): ${error}.`,
      );
    }
    const matrix = matrixSchema.safeParse(answer.body);
    if (!matrix.success) {
      throw new ServiceUnavailableError(
        `${this.#endpoint.name} answered HTTP ${answer.status} without series; check that its url is that of a Prometheus.`,
      );
    }
    return matrix.data.data.result;
  }
}
