import { Signal } from 'backstage-plugin-database-ops-common';
import { criticalSignal, okSignal } from 'backstage-plugin-database-ops-node';
import { MemberFacts } from './facts';

function names(facts: readonly MemberFacts[]): string {
  return facts.map(({ member }) => member.name).join(', ');
}

/** Outcome of the last RDB save, and how long ago the oldest of the last saves was. */
export function rdbSignal(facts: readonly MemberFacts[], now: Date): Signal {
  const failed = facts.filter(
    ({ info }) => info.rdb_last_bgsave_status !== 'ok',
  );
  const oldest = facts.reduce((least, each) =>
    Number(each.info.rdb_last_save_time) < Number(least.info.rdb_last_save_time)
      ? each
      : least,
  );
  const ageSeconds = Math.max(
    0,
    Math.round(now.getTime() / 1000) - Number(oldest.info.rdb_last_save_time),
  );
  const common = {
    id: 'rdb',
    title: 'Last RDB save',
    value: ageSeconds,
    unit: 's',
    threshold: 'critical when the last save failed',
  };
  if (failed.length > 0) {
    return criticalSignal({
      ...common,
      member: failed[0].member.name,
      sentence: `The last RDB save failed on ${names(failed)}; its log says why, often memory for the fork or a full disk.`,
    });
  }
  return okSignal({
    ...common,
    member: oldest.member.name,
    sentence: `The last RDB save succeeded on every node; the oldest, on ${oldest.member.name}, is ${ageSeconds} s old.`,
  });
}

/** Outcome of the last write to, and of the last rewrite of, the append-only file. */
export function aofSignal(facts: readonly MemberFacts[]): Signal {
  const common = {
    id: 'aof',
    title: 'Append-only file',
    threshold: 'critical when the last write or rewrite failed',
  };
  const enabled = facts.filter(({ info }) => info.aof_enabled === '1');
  const failed = enabled.filter(
    ({ info }) =>
      info.aof_last_write_status !== 'ok' ||
      info.aof_last_bgrewrite_status !== 'ok',
  );
  if (failed.length > 0) {
    const [{ member, info }] = failed;
    const what =
      info.aof_last_write_status === 'ok' ? 'last rewrite' : 'last write';
    return criticalSignal({
      ...common,
      value: enabled.length,
      unit: '1',
      member: member.name,
      sentence: `The ${what} of the append-only file failed on ${names(failed)}; its log says why, often a full disk.`,
    });
  }
  const without = facts.filter(({ info }) => info.aof_enabled !== '1');
  return okSignal({
    ...common,
    value: enabled.length,
    unit: '1',
    sentence:
      without.length === 0
        ? `All ${facts.length} answering nodes write their append-only file without errors.`
        : `${names(without)} keep no append-only file (appendonly no); nothing failed elsewhere.`,
  });
}
