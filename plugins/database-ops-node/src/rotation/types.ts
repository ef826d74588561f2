/**
 * What `rotate` did; never a secret.
 *
 * @public
 */
export interface RotationOutcome {
  /** The id from the capabilities, for example `monitoring`. */
  readonly role: string;
  /** The login that is valid now. */
  readonly login: string;
  /** The login that was ended. */
  readonly endedLogin: string;
  /** Members on which the new login was tested. */
  readonly testedOn: readonly string[];
  /** Whether an earlier rotation, interrupted after the change, was finished. */
  readonly finishedEarlier: boolean;
}
