import { Signal } from 'backstage-plugin-database-ops-common';
import { okSignal, thresholdSignal } from 'backstage-plugin-database-ops-node';
import { MemberFacts } from './facts';

/** Above 90 % the next burst of writes meets evictions or refusals. */
const THRESHOLD = { warning: 75, critical: 90 };

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024)} MiB`;
}

/** The member that is nearest to its `maxmemory`. */
export function memorySignal(facts: readonly MemberFacts[]): Signal {
  const common = { id: 'memory', title: 'Memory' };
  const members = facts.map(({ member, info }) => ({
    name: member.name,
    used: Number(info.used_memory),
    limit: Number(info.maxmemory),
  }));
  const limited = members.filter(({ limit }) => limit > 0);
  if (limited.length === 0) {
    const largest = members.reduce((most, each) =>
      each.used > most.used ? each : most,
    );
    return okSignal({
      ...common,
      value: largest.used,
      unit: 'By',
      member: largest.name,
      sentence: `${largest.name} uses ${mebibytes(largest.used)}, the most of all; no maxmemory is set, so there is nothing to compare with.`,
    });
  }
  const fullest = limited.reduce((most, each) =>
    each.used / each.limit > most.used / most.limit ? each : most,
  );
  const percent = Math.round((fullest.used / fullest.limit) * 1000) / 10;
  return thresholdSignal(
    {
      ...common,
      value: percent,
      unit: '%',
      member: fullest.name,
      sentence: `${fullest.name} uses ${mebibytes(fullest.used)} of ${mebibytes(fullest.limit)} (${percent} %), the most of all.`,
    },
    THRESHOLD,
  );
}
