import { ManagedDatabase, isReady } from '../databases/types';
import { Announcement } from './Announcements';

/** A route of a policy: who is told of which events. */
export interface NotificationRoute {
  readonly events: readonly string[];
  /** `owner` or entity references of people and groups. */
  readonly recipients: readonly string[];
}

const OWNER = 'owner';
const OWNER_OF_ALL: NotificationRoute = { events: [], recipients: [OWNER] };

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
  const routes = routesOf(database).filter(route =>
    route.events.includes(announcement.event),
  );
  const routed = (routes.length > 0 ? routes : [OWNER_OF_ALL])
    .flatMap(route => route.recipients)
    .flatMap(recipient =>
      recipient === OWNER ? (database.owner ?? []) : recipient,
    );
  return [...new Set([...named, ...routed])];
}

function routesOf(database: ManagedDatabase): readonly NotificationRoute[] {
  const policy: { readonly notifications?: readonly NotificationRoute[] } =
    (isReady(database) && database.policy) || {};
  return policy.notifications ?? [];
}
