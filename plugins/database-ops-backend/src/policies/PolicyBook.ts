import { JsonObject, JsonValue } from '@backstage/types';
import { Duration } from 'luxon';
import { ConfigurationError, parseAt } from '../databases/keyPath';
import { checkPolicy } from './checkPolicy';
import { policySchema } from './policySchema';
import { SHIPPED_POLICIES } from './shippedPolicies';
import { PolicyDefinition } from './types';

/** A policy that was understood, or what is wrong with it. */
export type PolicyPart =
  | { readonly value: PolicyDefinition; readonly error?: undefined }
  | { readonly value?: undefined; readonly error: ConfigurationError };

function seconds(duration: string): number {
  return Duration.fromISO(duration).as('seconds');
}

function optionalSeconds(duration: string | undefined): number | undefined {
  return duration === undefined ? undefined : seconds(duration);
}

function isMap(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Maps merge, everything else of the second replaces the first's. */
function layOver(
  base: JsonValue | undefined,
  over: JsonValue | undefined,
): JsonValue | undefined {
  if (!isMap(base) || !isMap(over)) {
    return over ?? base;
  }
  const keys = new Set([...Object.keys(base), ...Object.keys(over)]);
  return Object.fromEntries(
    [...keys].map(key => [key, layOver(base[key], over[key])]),
  );
}

function readPolicy(options: {
  readonly name: string;
  readonly raw: JsonValue;
  readonly path: string;
  readonly shipped: boolean;
  readonly overridden?: readonly string[];
}): PolicyDefinition {
  const { name, raw, path, shipped, overridden = [] } = options;
  const parsed = parseAt(policySchema, raw, path);
  const { retries } = parsed;
  const policy: PolicyDefinition = {
    name,
    shipped,
    overridden,
    rpo: parsed.objectives.rpo,
    rto: parsed.objectives.rto,
    rpoSeconds: optionalSeconds(parsed.objectives.rpo),
    rtoSeconds: optionalSeconds(parsed.objectives.rto),
    schedules: Object.entries(parsed.schedules).map(([schedule, value]) => ({
      name: schedule,
      ...value,
      jitterSeconds: optionalSeconds(value.jitter) ?? 0,
    })),
    leftOut: [],
    blackouts: parsed.blackouts,
    timeoutSeconds: Object.fromEntries(
      Object.entries(parsed.timeouts).map(([kind, timeout]) => [
        kind,
        seconds(timeout),
      ]),
    ),
    retries: {
      attempts: retries.attempts,
      factor: retries.factor,
      delaySeconds: seconds(retries.delay),
      maximumDelaySeconds: seconds(retries.maximumDelay),
    },
    retention: parsed.retention,
    approvals: parsed.approvals.map(rule => ({
      ...rule,
      expiresAfterSeconds: seconds(rule.expiresAfter),
    })),
    notifications: parsed.notifications,
  };
  checkPolicy(policy, path);
  return policy;
}

/** The policies of configuration and those that come with the plugin. */
export class PolicyBook {
  readonly #raw: JsonObject;
  readonly #configured: JsonObject;
  readonly #parts: ReadonlyMap<string, PolicyPart>;

  /** Each policy is understood or not on its own; a wrong one throws nothing. */
  static read(configured: JsonObject): PolicyBook {
    return new PolicyBook(configured);
  }

  private constructor(configured: JsonObject) {
    this.#configured = configured;
    this.#raw = { ...SHIPPED_POLICIES, ...configured };
    // Configured ones first: they are what an operator looks for.
    const names = [
      ...Object.keys(configured),
      ...Object.keys(SHIPPED_POLICIES).filter(name => !(name in configured)),
    ];
    this.#parts = new Map(
      names.map((name): [string, PolicyPart] => {
        try {
          return [name, { value: this.#read(name) }];
        } catch (error) {
          if (error instanceof ConfigurationError) {
            return [name, { error }];
          }
          throw error;
        }
      }),
    );
  }

  /** By name, in order of configuration, shipped ones last. */
  parts(): ReadonlyMap<string, PolicyPart> {
    return this.#parts;
  }

  /** The book as it would be with these policies added or replaced, or removed by null. */
  with(policies: JsonObject): PolicyBook {
    return new PolicyBook(
      Object.fromEntries(
        Object.entries({ ...this.#configured, ...policies }).filter(
          ([, policy]) => policy !== null,
        ),
      ),
    );
  }

  /**
   * A policy with a database's overrides laid over it.
   *
   * @throws ConfigurationError naming the wrong key, of the policy when it is
   *   wrong by itself, else of the overrides.
   */
  overridden(
    name: string,
    overrides: JsonObject,
    path: string,
  ): PolicyDefinition {
    this.#read(name);
    return readPolicy({
      name,
      raw: layOver(this.#raw[name] ?? {}, overrides) ?? {},
      path,
      shipped: this.#isShipped(name),
      overridden: Object.keys(overrides),
    });
  }

  #read(name: string): PolicyDefinition {
    return readPolicy({
      name,
      raw: this.#raw[name] ?? null,
      path: `databaseOps.policies.${name}`,
      shipped: this.#isShipped(name),
    });
  }

  #isShipped(name: string): boolean {
    return !(name in this.#configured);
  }
}
