import { AuthService } from '@backstage/backend-plugin-api';
import { RELATION_MEMBER_OF, UserEntity } from '@backstage/catalog-model';
import { CatalogService } from '@backstage/plugin-catalog-node';

/** Annotations by which identity providers know a person; the same value is the same person. */
const IDENTITY_ANNOTATIONS = [
  'github.com/user-login',
  'gitlab.com/user-login',
  'google.com/email',
  'graph.microsoft.com/user-id',
  'microsoft.com/email',
  'ldap.com/dn',
  'backstage.io/ldap-uuid',
  'okta.com/id',
  'keycloak.org/id',
];

function identities(user: UserEntity | undefined): ReadonlySet<string> {
  const annotations = user?.metadata.annotations ?? {};
  const email = user?.spec?.profile?.email;
  return new Set([
    ...(email ? [`email ${email.trim().toLowerCase()}`] : []),
    ...IDENTITY_ANNOTATIONS.flatMap(name =>
      annotations[name]
        ? [`${name} ${annotations[name].trim().toLowerCase()}`]
        : [],
    ),
  ]);
}

/** What the catalog knows of people, whoever asks. */
export class PeopleDirectory {
  readonly #catalog: CatalogService;
  readonly #auth: AuthService;

  constructor(options: {
    readonly catalog: CatalogService;
    readonly auth: AuthService;
  }) {
    this.#catalog = options.catalog;
    this.#auth = options.auth;
  }

  /** The person's own reference and those of their groups, as of now; `undefined` for one that is not there. */
  async ownershipOf(userRef: string): Promise<readonly string[] | undefined> {
    const [user] = await this.#users([userRef]);
    return (
      user && [
        userRef,
        ...(user.relations ?? [])
          .filter(({ type }) => type === RELATION_MEMBER_OF)
          .map(({ targetRef }) => targetRef.toLowerCase()),
      ]
    );
  }

  /** Whether two references name one person, as far as the catalog tells. */
  async areSame(a: string, b: string): Promise<boolean> {
    if (a.toLowerCase() === b.toLowerCase()) {
      return true;
    }
    if (!b.startsWith('user:') || !a.startsWith('user:')) {
      return false;
    }
    const [first, second] = await this.#users([a, b]);
    const known = identities(second);
    return [...identities(first)].some(identity => known.has(identity));
  }

  async #users(
    entityRefs: string[],
  ): Promise<readonly (UserEntity | undefined)[]> {
    const { items } = await this.#catalog.getEntitiesByRefs(
      { entityRefs },
      { credentials: await this.#auth.getOwnServiceCredentials() },
    );
    return items as (UserEntity | undefined)[];
  }
}
