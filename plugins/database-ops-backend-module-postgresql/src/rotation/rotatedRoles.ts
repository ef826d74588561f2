// The credentials that can be renewed: whatever is done for one of them (SQL,
// doctor, offer, the rotation itself) is done for each entry of this list.
import { PostgresqlConfig } from '../config';
import { CredentialSource } from '../connection/credentials';
import { grantedRole, loginsOf, RotationConfig } from './config';

/** One credential that the tool signs in with, renewed or not. */
interface SignedInRole {
  /** What `rotate` takes as its parameter `role`. */
  readonly id: 'monitoring' | 'maintenance';
  readonly title: string;
  /** What signs in as it. */
  readonly use: string;
  /** Its key in the configuration, below the database. */
  readonly key: readonly string[];
  /** Sessions that each of its logins may have at once. */
  readonly connectionLimit: number;
  readonly source: CredentialSource & { readonly rotation?: RotationConfig };
}

/** One with a rotation. */
export interface RotatedRole extends SignedInRole {
  readonly rotation: RotationConfig;
}

/** The query box is none of them: copies let it in without a password. */
function signedInRoles(config: PostgresqlConfig): readonly SignedInRole[] {
  return [
    {
      id: 'monitoring',
      title: 'Monitoring role',
      use: 'health reads as',
      key: ['postgresql'],
      connectionLimit: 10,
      source: config,
    },
    ...(config.maintenance
      ? [
          {
            id: 'maintenance' as const,
            title: 'Maintenance role',
            use: 'maintenance and cancellations run as',
            key: ['postgresql', 'maintenance'],
            connectionLimit: 5,
            source: config.maintenance,
          },
        ]
      : []),
  ];
}

export function rotatedRoles(config: PostgresqlConfig): readonly RotatedRole[] {
  return signedInRoles(config).flatMap(role =>
    role.source.rotation ? [{ ...role, rotation: role.source.rotation }] : [],
  );
}

/** A key that is wrong, below `postgresql`, and what was expected there. */
interface RotationProblem {
  readonly path: readonly string[];
  readonly message: string;
}

/** What would make one rotation break another credential. */
export function rotationProblems(
  config: PostgresqlConfig,
): readonly RotationProblem[] {
  const problems: RotationProblem[] = [];
  const files = new Set<string>();
  const all = signedInRoles(config);
  for (const { id, key, source } of all) {
    const [, ...path] = key;
    const { credentialsFile, rotation } = source;
    if (rotation && !credentialsFile) {
      problems.push({
        path: [...path, 'credentialsFile'],
        message:
          'expected an absolute path: a rotation writes the new credential there',
      });
    }
    if (credentialsFile && files.has(credentialsFile)) {
      problems.push({
        path: [...path, 'credentialsFile'],
        message: 'expected a file of its own: another credential lies there',
      });
    }
    files.add(credentialsFile ?? '');
    const others = [
      ...all.filter(other => other.id !== id).flatMap(namesOf),
      ...(config.queryBox ? [config.queryBox.username] : []),
    ];
    const shared = rotation && familyOf(rotation).find(n => others.includes(n));
    if (shared) {
      problems.push({
        path: [...path, 'rotation', 'role'],
        message: `expected a role of its own: '${shared}' is signed in as for something else, which this rotation would end`,
      });
    }
  }
  return problems;
}

/** Every name that may be signed in as for a credential. */
function namesOf({ source }: SignedInRole): readonly string[] {
  return [
    source.username,
    ...(source.rotation ? familyOf(source.rotation) : []),
  ];
}

/** As what this software signs in to the source, and to copies of it. */
export function ownNames(config: PostgresqlConfig): readonly string[] {
  return [
    ...signedInRoles(config).flatMap(namesOf),
    ...(config.queryBox ? [config.queryBox.username] : []),
  ];
}

/** Whom `pg_hba.conf` has to let in to the source, with its members. */
export function admittedRoles(config: PostgresqlConfig): readonly string[] {
  return signedInRoles(config).map(({ source }) => grantedRole(source));
}

/** The role that has the rights first, then its logins. */
export function familyOf(rotation: RotationConfig): readonly string[] {
  return [rotation.role, ...loginsOf(rotation)];
}

/** The login that gets its first password by hand; the others never do. */
export function firstLogins(
  config: PostgresqlConfig,
): readonly { readonly login: string; readonly isGranted: boolean }[] {
  return signedInRoles(config).map(({ source }) => {
    const isGranted = grantedRole(source) === source.username;
    return {
      login:
        isGranted || !source.rotation
          ? source.username
          : loginsOf(source.rotation)[0],
      isGranted,
    };
  });
}
