import { counted } from './time';
import { RetentionPlan } from './types';

const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** What a plan would do, in words. */
export function sentenceOf(plan: RetentionPlan): string {
  if (plan.refusal) {
    return plan.refusal;
  }
  const { keep, remove, freedBytes } = plan;
  return remove.length === 0
    ? `Nothing would go now; ${counted(keep.length, 'backup')} stay.`
    : `${counted(remove.length, 'backup')} would go now and free ${sizeOf(freedBytes)}; ${counted(keep.length, 'backup')} stay.`;
}

/** What becomes of the log, in words. */
export function logSentenceOf({ logsFrom, refusal }: RetentionPlan): string {
  return refusal || !logsFrom
    ? 'All log stays.'
    : `The log stays whole from ${logsFrom.time} on, where full backup ${logsFrom.backupId} began; of older backups only what makes each consistent.`;
}

function sizeOf(bytes: number): string {
  const step = Math.min(
    UNITS.length - 1,
    Math.max(0, Math.floor(Math.log10(Math.max(bytes, 1)) / 3)),
  );
  const value = bytes / 1000 ** step;
  return `${step === 0 ? value : value.toFixed(1)} ${UNITS[step]}`;
}
