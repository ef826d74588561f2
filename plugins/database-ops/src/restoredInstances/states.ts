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

const IN_PLACE_WORDS: Record<RestoredInstance['state'], StatusWord> = {
  recovering: { look: 'running', word: 'Recovering in place' },
  paused: { look: 'waiting', word: 'Restored in place, paused' },
  running: { look: 'warning', word: 'Restored in place, not confirmed' },
  promoted: { look: 'good', word: 'Restored in place, confirmed' },
  discarded: { look: 'ended', word: 'Rolled back' },
  lost: { look: 'bad', word: 'Restored in place, lost' },
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
 * Whether somebody has to decide about it. Of a lost one nobody knows what is
 * left: it can still be discarded, which rolls one in place back.
 */
export function isUndecided(instance: RestoredInstance): boolean {
  return isOpen(instance) || instance.state === 'lost';
}

/** Whether a promotion of it can succeed. In place, only its host knows whether a lost one runs. */
export function mayBePromoted(instance: RestoredInstance): boolean {
  return (
    instance.state === 'paused' ||
    instance.state === 'running' ||
    (instance.state === 'lost' && isInPlace(instance))
  );
}

/** Whether it took its source's place, and waits to be confirmed or rolled back. */
export function isInPlace(instance: RestoredInstance): boolean {
  return instance.mode === 'in-place';
}

/** Why what is written to an instance would be lost with its disk: nothing backs it up. */
export function unprotectedBecause(
  instance: RestoredInstance,
): string | undefined {
  const open = instance.state === 'running' || instance.state === 'promoted';
  if (!open || instance.facts?.protection !== 'UNPROTECTED') {
    return undefined;
  }
  return instance.state === 'promoted'
    ? 'It has no archive and no full backup of its own yet.'
    : `Nothing backs it up until it is ${isInPlace(instance) ? 'confirmed' : 'promoted'}.`;
}

/** An instance's state; one given up was not discarded, and one that takes writes without backups stands out. */
export function instanceWord(instance: RestoredInstance): StatusWord {
  if (forgottenIn(instance)) {
    return { look: 'ended', word: 'Given up' };
  }
  const known = isInPlace(instance)
    ? IN_PLACE_WORDS[instance.state]
    : INSTANCE_WORDS[instance.state];
  return unprotectedBecause(instance)
    ? {
        look: instance.state === 'promoted' ? 'bad' : 'warning',
        word: `${known.word}, UNPROTECTED`,
      }
    : known;
}

/** What the engine found in it, as one sentence. */
export function foundIn(instance: RestoredInstance): string | undefined {
  const sentence: unknown = instance.facts?.sentence;
  return typeof sentence === 'string' ? sentence : undefined;
}

/** That it was given up, with what may still lie on its host, as one sentence. */
export function forgottenIn(instance: RestoredInstance): string | undefined {
  const sentence: unknown = instance.facts?.forgotten;
  return typeof sentence === 'string' ? sentence : undefined;
}

/** Whether an engine can do this with a restored instance. */
export function offers(
  database: Database,
  verb: 'advance' | 'promote' | 'discard',
): boolean {
  return database.capabilities?.verbs.includes(verb) ?? false;
}
