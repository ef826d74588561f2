import { Proof, ProofCheck } from 'backstage-plugin-database-ops-common';
import { StatusWord } from '../status/kinds';

export const PROOF_WORDS: Record<Proof['state'], StatusWord> = {
  proved: { look: 'good', word: 'Proved' },
  partial: { look: 'warning', word: 'Partly proved' },
  failed: { look: 'bad', word: 'Failed' },
};

export const CHECK_WORDS: Record<ProofCheck['status'], StatusWord> = {
  passed: { look: 'good', word: 'Passed' },
  failed: { look: 'bad', word: 'Failed' },
  skipped: { look: 'warning', word: 'Skipped, not proved' },
};
