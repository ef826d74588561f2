import {
  RetentionEntry,
  RetentionPreview,
} from 'backstage-plugin-database-ops-common';
import { StatusWord } from '../status/kinds';

export const KEEP_WORD: StatusWord = { look: 'good', word: 'Kept' };

export const REMOVE_WORD: StatusWord = { look: 'warning', word: 'Goes' };

/** What a backup has beside its reasons: proofs and pins keep it. */
export function marksOf(entry: RetentionEntry): string[] {
  return [
    entry.proved ? 'proved' : undefined,
    entry.pinned ? 'pinned' : undefined,
  ].filter((mark): mark is string => mark !== undefined);
}

/** Why nothing can be expired now, in words; undefined when something can. */
export function whyNotExpire(preview: RetentionPreview): string | undefined {
  if (preview.state === 'unknown') {
    return (
      preview.reason ??
      'The state of the repository is not known; nothing is removed.'
    );
  }
  if (preview.state === 'no-retention') {
    return 'The policy has no retention; nothing is ever removed.';
  }
  return preview.removes === 0 ? 'Nothing is to be removed.' : undefined;
}
