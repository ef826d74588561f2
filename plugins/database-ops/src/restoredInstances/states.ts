import {
  Database,
  RestoredInstance,
} from 'backstage-plugin-database-ops-common';
import { StatusWord } from '../status/kinds';

const INSTANCE_WORDS: Record<RestoredInstance['state'], StatusWord> = {
  recovering: { look: 'running', word: 'Recovering' },
  paused: { look: 'waiting', word: 'Paused' },
  running: { look: 'good', word: 'Running' },
  promoted: { look: 'good', word: 'Promoted' },
  discarded: { look: 'ended', word: 'Discarded' },
  lost: { look: 'bad', word: 'Lost' },
};

const OPEN_STATES: readonly RestoredInstance['state'][] = [
  'recovering',
  'paused',
  'running',
];

/** Whether an instance is still there for somebody to decide about. */
export function isOpen(instance: RestoredInstance): boolean {
  return OPEN_STATES.includes(instance.state);
}

/**
 * Why the data of an instance would be lost with its disk: it was promoted, and
 * nothing backs it up yet.
 */
export function unprotectedBecause(
  instance: RestoredInstance,
): string | undefined {
  const { unprotected, unprotectedReason } = instance.facts ?? {};
  if (unprotected !== true) {
    return undefined;
  }
  return typeof unprotectedReason === 'string'
    ? unprotectedReason
    : 'It has no archive and no full backup of its own yet.';
}

/** An instance's state; a promoted one without backups of its own stands out. */
export function instanceWord(instance: RestoredInstance): StatusWord {
  return unprotectedBecause(instance)
    ? { look: 'bad', word: 'UNPROTECTED' }
    : INSTANCE_WORDS[instance.state];
}

/** What the engine found in it, as one sentence. */
export function foundIn(instance: RestoredInstance): string | undefined {
  const sentence: unknown = instance.facts?.sentence;
  return typeof sentence === 'string' ? sentence : undefined;
}

/** Whether an engine can do this with a restored instance. */
export function offers(
  database: Database,
  verb: 'advance' | 'promote' | 'discard',
): boolean {
  return database.capabilities?.verbs.includes(verb) ?? false;
}
