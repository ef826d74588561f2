/** What makes a scrolling region reachable with the keyboard. */
export const SCROLLABLE = { tabIndex: 0 } as const;
