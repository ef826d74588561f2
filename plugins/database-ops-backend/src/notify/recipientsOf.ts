import { ManagedDatabase, isReady } from '../databases/types';
import { Announcement } from './Announcements';

const OWNER = 'owner';

/**
 * Who is told. A policy whose routes name an event decides alone; an event
 * that no route names goes to the owner, so that nothing gets lost by a
 * route that was written before the event existed.
 */
export function recipientsOf(
  announcement: Pick<Announcement, 'event' | 'recipients'>,
  known: {
    readonly database?: ManagedDatabase;
    readonly operators: readonly string[];
  },
): readonly string[] {
  const { database, operators } = known;
  const named = announcement.recipients ?? [];
  if (!database) {
    return [...new Set([...named, ...operators])];
  }
  const routes = (isReady(database) && database.policy?.notifications) || [];
  const namedByPolicy = routes
    .filter(route => route.events.some(event => event === announcement.event))
    .flatMap(route => route.recipients);
  const routed = (namedByPolicy.length > 0 ? namedByPolicy : [OWNER]).flatMap(
    recipient => (recipient === OWNER ? (database.owner ?? []) : recipient),
  );
  return [...new Set([...named, ...routed])];
}
