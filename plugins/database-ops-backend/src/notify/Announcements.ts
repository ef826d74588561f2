import { NotificationEvent } from '../policies/notificationEvents';

/** Something that people should know, with what to do about it. */
export interface Announcement {
  readonly event: NotificationEvent;
  /** Whose owner and routes are told; only `recipients` and the operators when absent. */
  readonly databaseId?: string;
  readonly operationId?: string;
  readonly title: string;
  /** What happened and what to do next. */
  readonly description: string;
  /** Path in the portal; the page of the operation or database when absent. */
  readonly link?: string;
  /**
   * What it is about, for example `orders:backup`. A later announcement of the
   * same scope replaces an unread one instead of standing beside it.
   */
  readonly scope: string;
  /**
   * Told once in {@link ONCE_KEPT_DAYS} days however often and on however many
   * replicas it is announced, for example `overdue:orders@2026-11-23T02:00:00Z`.
   */
  readonly onceKey?: string;
  /** Entity references of people and groups beside those of the routes. */
  readonly recipients?: readonly string[];
}

/** How long a {@link Announcement.onceKey} is remembered. */
export const ONCE_KEPT_DAYS = 30;

/**
 * Tells people what happened. Never throws and never holds up the caller for
 * longer than a request to the notification service: a portal without
 * notifications is a whole portal.
 */
export interface Announcements {
  /** @returns false when it reached nobody and should be tried again */
  announce(announcement: Announcement): Promise<boolean>;
}
