import { statfs } from 'node:fs/promises';
import { toError } from '@backstage/errors';
import { Signal } from 'backstage-plugin-database-ops-common';
import { signalOf, unknownSignal } from 'backstage-plugin-database-ops-node';
import { MemberFinding } from './findings';
import { formatBytes } from './format';
import { Limits } from './Limits';

/** Whether a member's files lie on the machine that asks. */
export function isThisHost(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

/**
 * Space on the data directory's file system. SQL cannot tell it: it is known
 * only for members on this machine, whose path is the one the server itself
 * states. Without such a member there is no signal.
 */
export async function diskSignals(
  findings: readonly MemberFinding[],
  limits: Limits,
): Promise<readonly Signal[]> {
  const local = findings.filter(
    ({ member, state }) => isThisHost(member.host) && state?.data_directory,
  );
  if (local.length === 0) {
    return [];
  }
  const base = limits.facts('disk');
  try {
    const used = await Promise.all(
      local.map(async ({ member, state }) => {
        const directory = state?.data_directory ?? '';
        const { blocks, bfree, bavail, bsize } = await statfs(directory);
        const usedBlocks = blocks - bfree;
        return {
          name: member.name,
          directory,
          freeBytes: bavail * bsize,
          percent: (100 * usedBlocks) / Math.max(1, usedBlocks + bavail),
        };
      }),
    );
    const worst = used.reduce((a, b) => (b.percent > a.percent ? b : a));
    return [
      signalOf(limits.status('disk', worst.percent), {
        ...base,
        value: Math.round(worst.percent),
        member: worst.name,
        sentence: `The disk of ${worst.name} (${worst.directory}, measured on this host) is ${Math.round(worst.percent)} % used; ${formatBytes(worst.freeBytes)} are free.`,
      }),
    ];
  } catch (error) {
    return [
      unknownSignal({
        ...base,
        member: local[0].member.name,
        sentence: `The disk of ${local[0].member.name} is not known: ${toError(error).message}.`,
      }),
    ];
  }
}
