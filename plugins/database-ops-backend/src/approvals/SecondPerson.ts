// Who may be the second person of a change, and why somebody may not.
import { UserInfoService } from '@backstage/backend-plugin-api';
import { databaseApprovePermission } from 'backstage-plugin-database-ops-common';
import {
  Caller,
  DatabaseAuthorizer,
  actorOf,
} from '../permissions/DatabaseAuthorizer';
import { PeopleDirectory } from './PeopleDirectory';

/** What a caller may do, and why not. */
export interface Right {
  /** The names of the policy that the caller goes by. */
  readonly as: readonly string[];
  readonly refusal?: string;
}

/** Judges callers as approvers of what somebody else wants. */
export class SecondPerson {
  readonly #authorizer: DatabaseAuthorizer;
  readonly #people: PeopleDirectory;
  readonly #userInfo: UserInfoService;

  constructor(options: {
    readonly authorizer: DatabaseAuthorizer;
    readonly people: PeopleDirectory;
    readonly userInfo: UserInfoService;
  }) {
    this.#authorizer = options.authorizer;
    this.#people = options.people;
    this.#userInfo = options.userInfo;
  }

  /** Of those who want it, any one that is not the caller will do. */
  async mayApprove(
    caller: Caller,
    wanted: {
      readonly databaseId: string;
      readonly approvers: readonly string[];
      readonly requestedBy: readonly string[];
    },
  ): Promise<Right> {
    const notPerson = personRefusal(caller);
    if (notPerson) {
      return { as: [], refusal: notPerson };
    }
    const { databaseId, approvers, requestedBy } = wanted;
    if (
      !(await this.#authorizer.may(
        caller,
        databaseApprovePermission,
        databaseId,
      ))
    ) {
      return {
        as: [],
        refusal: `You may not approve anything of database '${databaseId}'; ask its owner for the permission '${databaseApprovePermission.name}'.`,
      };
    }
    const as = await this.names(caller, approvers);
    if (as.length === 0) {
      return {
        as,
        refusal: `The policy of database '${databaseId}' does not name you as an approver; ask ${approvers.join(' or ')}.`,
      };
    }
    for (const other of requestedBy) {
      if (!(await this.#people.areSame(other, actorOf(caller)))) {
        return { as };
      }
    }
    return {
      as,
      refusal:
        'You requested this yourself; somebody else has to decide on it.',
    };
  }

  /** The named ones among what the caller is called. */
  async names(
    caller: Caller,
    named: readonly string[],
  ): Promise<readonly string[]> {
    const { userEntityRef, ownershipEntityRefs } =
      await this.#userInfo.getUserInfo(caller);
    const refs = [userEntityRef, ...ownershipEntityRefs].map(ref =>
      ref.toLowerCase(),
    );
    return named.filter(name => refs.includes(name.toLowerCase()));
  }
}

/** Why a caller is no person who decides for themselves. */
export function personRefusal({ principal }: Caller): string | undefined {
  if (principal.type !== 'user') {
    return `Service '${principal.subject}' cannot decide on what needs a second person, whatever databaseOps.services says.`;
  }
  return principal.actor
    ? `Service '${principal.actor.subject}' acts for ${principal.userEntityRef}; a second person decides in the portal or with dbops.`
    : undefined;
}
