import { ProofCheck } from 'backstage-plugin-database-ops-common';
import { proofSentence, proofStateOf } from './proofState';

const check = (status: ProofCheck['status']): ProofCheck => ({
  id: status,
  title: `Check ${status}`,
  status,
  sentence: `it ${status}.`,
});

describe('what checks prove together', () => {
  it.each([
    [[], 'partial', 'Nothing was checked.'],
    [['passed', 'passed'], 'proved', 'All is well.'],
    [['passed', 'skipped'], 'partial', 'Check skipped: it skipped.'],
    [['skipped', 'passed', 'failed'], 'failed', 'Check failed: it failed.'],
  ] as const)('%j is %s', (statuses, state, sentence) => {
    const checks = statuses.map(check);
    expect(proofStateOf(checks)).toBe(state);
    expect(proofSentence(checks, 'All is well.')).toBe(sentence);
  });
});
