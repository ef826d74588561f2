/** The users of the example catalogue that the demo signs in; a fixed list. */
export const DEMO_ROLES = ['owner', 'viewer', 'approver'] as const;

export type DemoRole = (typeof DEMO_ROLES)[number];

export function isDemoRole(value: string): value is DemoRole {
  return DEMO_ROLES.some(role => role === value);
}

export function demoUserRef(role: DemoRole): string {
  return `user:default/${role}`;
}
