import { describeSeconds } from 'backstage-plugin-database-ops-common';

/** A loop of the portal that must not stop. */
export type WatchedComponent =
  'schedules' | 'dispatcher' | 'health' | 'reconciliation' | 'watch';

/** What stops with a component, and how long its silence is normal. */
export interface ComponentRule {
  readonly component: WatchedComponent;
  readonly name: string;
  readonly consequence: string;
  readonly silentAfterSeconds: number;
}

/** How long each component may be silent. */
export function componentRules(settings: {
  readonly watch: { readonly silentAfterSeconds: number };
  readonly reconciliation: { readonly intervalSeconds: number };
}): readonly ComponentRule[] {
  const { silentAfterSeconds } = settings.watch;
  return [
    {
      component: 'schedules',
      name: 'The scheduler',
      consequence: 'no schedule starts anything',
      silentAfterSeconds,
    },
    {
      component: 'dispatcher',
      name: 'The dispatcher',
      consequence: 'operations stay in the queue',
      silentAfterSeconds,
    },
    {
      component: 'health',
      name: 'The health loop',
      consequence: 'the health shown is old',
      silentAfterSeconds,
    },
    {
      component: 'reconciliation',
      name: 'Reconciliation',
      consequence: 'backups taken elsewhere do not appear',
      // It beats once a round: one round may be late, two may not.
      silentAfterSeconds:
        2 * settings.reconciliation.intervalSeconds + silentAfterSeconds,
    },
    {
      component: 'watch',
      name: 'The watch over schedules',
      consequence: 'a database whose schedules stand still is not noticed',
      silentAfterSeconds,
    },
  ];
}

/** A component that was silent for too long. */
export interface SilentComponent extends ComponentRule {
  /** Absent when it never beat. */
  readonly beatAt?: Date;
  readonly silentSeconds: number;
  readonly sentence: string;
}

/**
 * Which components are silent. Silence from before this process started says
 * nothing: whatever beats has just begun again.
 */
export function silentComponents(
  rules: readonly ComponentRule[],
  heartbeats: ReadonlyMap<string, Date>,
  at: { readonly now: Date; readonly startedAt: Date },
): readonly SilentComponent[] {
  return rules.flatMap(rule => {
    const beatAt = heartbeats.get(rule.component);
    const judgedFromMs = Math.max(
      beatAt?.getTime() ?? 0,
      at.startedAt.getTime(),
    );
    if (at.now.getTime() - judgedFromMs <= rule.silentAfterSeconds * 1000) {
      return [];
    }
    const silentSeconds =
      (at.now.getTime() - (beatAt?.getTime() ?? judgedFromMs)) / 1000;
    return [
      {
        ...rule,
        beatAt,
        silentSeconds,
        sentence: `${rule.name} has not acted on any replica for ${describeSeconds(silentSeconds)}: ${rule.consequence}.`,
      },
    ];
  });
}
