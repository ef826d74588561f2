import { z } from 'zod';
import { definitionOf, SignalId } from './definitions';
import { ConfiguredThresholds, CONFIGURABLE_SIGNALS } from './Limits';

function isConfigurable(id: string): id is SignalId {
  return (CONFIGURABLE_SIGNALS as readonly string[]).includes(id);
}

/** `postgresql.thresholds`: what a person wants to be warned of, by signal. */
export const thresholdsSchema = z
  .record(
    z.string(),
    z.strictObject({
      warning: z.number().optional(),
      critical: z.number().optional(),
    }),
  )
  .superRefine((thresholds: ConfiguredThresholds, context) => {
    for (const [id, configured] of Object.entries(thresholds)) {
      if (!isConfigurable(id)) {
        context.addIssue({
          code: 'custom',
          path: [id],
          message: `no signal of that name has a threshold; those that have one: ${CONFIGURABLE_SIGNALS.join(', ')}`,
        });
        continue;
      }
      const bounds = { ...definitionOf(id).bounds, ...configured };
      const { warning, critical, direction } = bounds;
      if (
        warning !== undefined &&
        critical !== undefined &&
        (direction === 'below' ? warning < critical : warning > critical)
      ) {
        context.addIssue({
          code: 'custom',
          path: [id],
          message: `warning (${warning}) must come before critical (${critical}); a bound that is not given keeps its default`,
        });
      }
    }
  });
