import { Proof, ProofCheck } from 'backstage-plugin-database-ops-common';

/**
 * What checks prove together: a failed one disproves, a skipped one leaves it
 * partial, and no check at all proves nothing.
 *
 * @public
 */
export function proofStateOf(checks: readonly ProofCheck[]): Proof['state'] {
  if (checks.some(({ status }) => status === 'failed')) {
    return 'failed';
  }
  return checks.length > 0 && checks.every(({ status }) => status === 'passed')
    ? 'proved'
    : 'partial';
}

/**
 * The sentence of the worst check, or the given one when all passed.
 *
 * @public
 */
export function proofSentence(
  checks: readonly ProofCheck[],
  whenProved: string,
): string {
  const worst =
    checks.find(({ status }) => status === 'failed') ??
    checks.find(({ status }) => status === 'skipped');
  if (!worst) {
    return checks.length > 0 ? whenProved : 'Nothing was checked.';
  }
  return `${worst.title}: ${worst.sentence}`;
}
