/** A role of the demo: a user of the example catalogue. */
export interface DemoRole {
  readonly id: string;
  readonly title: string;
  readonly description: string;
}

export const DEMO_ROLES: readonly DemoRole[] = [
  {
    id: 'owner',
    title: 'Owner',
    description:
      'Owns the databases through the three teams: backs up, restores, reads the audit history.',
  },
  {
    id: 'viewer',
    title: 'Viewer',
    description: 'Sees health, backups and operations. Starts nothing.',
  },
  {
    id: 'approver',
    title: 'Approver',
    description: 'Sees everything and reads the audit history. Starts nothing.',
  },
];

const STORAGE_KEY = 'demo-sign-in.role';

/** The role chosen before, so that a deep link opens without asking again. */
export function rememberedRole(): DemoRole | undefined {
  const id = window.localStorage.getItem(STORAGE_KEY);
  return DEMO_ROLES.find(role => role.id === id);
}

export function rememberRole(role: DemoRole): void {
  window.localStorage.setItem(STORAGE_KEY, role.id);
}

export function forgetRole(): void {
  window.localStorage.removeItem(STORAGE_KEY);
}
