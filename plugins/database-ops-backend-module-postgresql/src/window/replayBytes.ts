import { History, Way } from './history';

/**
 * About how much log recovery replays to a time: between two moments whose
 * position is known, log is taken to grow evenly.
 */
export function replayBytesTo(history: History, way: Way, at: number): number {
  const { start, end } = way;
  const known = [
    { at: start.stoppedAt, position: start.to },
    ...history.starts
      .filter(other => other.timeline === way.timeline)
      .map(other => ({ at: other.stoppedAt, position: other.to })),
    ...(end.lastCommitAt !== undefined && end.lastCommit !== undefined
      ? [{ at: end.lastCommitAt, position: end.lastCommit }]
      : []),
  ].sort((a, b) => a.at - b.at);
  const before = known.filter(moment => moment.at <= at).at(-1);
  const after = known.find(moment => moment.at > at);
  const from = before?.position ?? start.to;
  const share = before && after ? (at - before.at) / (after.at - before.at) : 0;
  const to = from + Math.round(share * ((after?.position ?? from) - from));
  return Math.max(0, to - start.from);
}
