import { Session } from 'backstage-plugin-database-ops-common';

/** A session with those that wait for it. */
export interface SessionNode {
  readonly session: Session;
  readonly waiting: readonly SessionNode[];
}

/**
 * Sessions below the one that they wait for, in the order given; one that
 * waits for several stands below the first. Whoever waits for somebody that is
 * not listed, or in a circle, stands at the top.
 */
export function blockingTree(sessions: readonly Session[]): SessionNode[] {
  const byId = new Map(sessions.map(each => [each.sessionId, each]));
  const blockerOf = (session: Session): Session | undefined =>
    session.blockedBy.map(id => byId.get(id)).find(each => each !== undefined);

  const isRoot = (session: Session): boolean => {
    const seen = new Set([session]);
    let first = session;
    for (
      let above = blockerOf(session);
      above !== undefined;
      above = blockerOf(above)
    ) {
      if (above === session) {
        // A circle begins at the one that is listed first.
        return first === session;
      }
      if (seen.has(above)) {
        return false;
      }
      seen.add(above);
      if (sessions.indexOf(above) < sessions.indexOf(first)) {
        first = above;
      }
    }
    return blockerOf(session) === undefined;
  };

  const roots = sessions.filter(isRoot);
  const node = (session: Session): SessionNode => ({
    session,
    waiting: sessions
      .filter(each => !roots.includes(each) && blockerOf(each) === session)
      .map(node),
  });
  return roots.map(node);
}
