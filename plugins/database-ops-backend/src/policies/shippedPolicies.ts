// Policies that every portal has; configuration that defines one of these
// names replaces it.
import { JsonObject } from '@backstage/types';

const MONTHLY_VERIFICATION = {
  kind: 'verify',
  cron: '0 4 1 * *',
  jitter: 'PT30M',
} as const;

const DAILY_RETENTION = {
  kind: 'expire',
  cron: '0 6 * * *',
  jitter: 'PT10M',
} as const;

/** Twelve months and three years beside what daily work needs. */
const ARCHIVES = { monthly: 12, yearly: 3 } as const;

/** As they would stand under `databaseOps.policies`. */
export const SHIPPED_POLICIES: JsonObject = {
  'postgresql-default': {
    objectives: { rpo: 'PT1H', rto: 'PT15M' },
    schedules: {
      full: {
        kind: 'backup',
        type: 'full',
        cron: '0 2 * * *',
        jitter: 'PT5M',
      },
      differential: {
        kind: 'backup',
        type: 'diff',
        cron: '0 14 * * *',
        jitter: 'PT5M',
      },
      // Short of each hour, clear of the full and the differential.
      incremental: {
        kind: 'backup',
        type: 'incr',
        cron: '40 * * * *',
        jitter: 'PT5M',
      },
      // The newest moment, from the repository alone.
      verification: MONTHLY_VERIFICATION,
      // Where it reads the whole repository, on a night of the week that is quiet.
      repository: {
        kind: 'verify',
        parameters: { depth: 'repository' },
        cron: '0 3 * * 0',
        jitter: 'PT30M',
      },
      // A random moment, and everything that is in a backup.
      moment: {
        kind: 'verify',
        parameters: { depth: 'time' },
        cron: '0 4 8 * *',
        jitter: 'PT30M',
      },
      whole: {
        kind: 'verify',
        parameters: { depth: 'restore' },
        cron: '0 4 15 * *',
        jitter: 'PT30M',
      },
      // Clear of the full, and before people come.
      archiving: {
        kind: 'verify',
        parameters: { depth: 'archiving' },
        cron: '20 5 * * *',
        jitter: 'PT10M',
      },
      retention: DAILY_RETENTION,
    },
    // Any second of 30 days, with every full of 7 days; older ones are thinned
    // as far as the log carries the seconds between them.
    retention: { window: 'P30D', fulls: { age: 'P7D' }, ...ARCHIVES },
  },
  'redis-default': {
    objectives: { rpo: 'PT1H', rto: 'PT15M' },
    schedules: {
      snapshot: { kind: 'backup', cron: '0 * * * *', jitter: 'PT5M' },
      verification: MONTHLY_VERIFICATION,
      retention: DAILY_RETENTION,
    },
    retention: { hourly: 24, daily: 7, ...ARCHIVES },
  },
  'kafka-default': {
    objectives: { rpo: 'P1D', rto: 'PT15M' },
    schedules: {
      metadata: { kind: 'backup', cron: '0 3 * * *', jitter: 'PT5M' },
      verification: MONTHLY_VERIFICATION,
      retention: DAILY_RETENTION,
    },
    retention: { age: 'P7D', ...ARCHIVES },
  },
  'zookeeper-default': {
    objectives: { rpo: 'P1D', rto: 'PT15M' },
    schedules: {
      snapshot: { kind: 'backup', cron: '0 1 * * *', jitter: 'PT5M' },
      verification: MONTHLY_VERIFICATION,
      retention: DAILY_RETENTION,
    },
    retention: { age: 'P7D', ...ARCHIVES },
  },
};
