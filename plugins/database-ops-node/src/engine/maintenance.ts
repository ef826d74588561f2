import { JsonObject } from '@backstage/types';

/**
 * What `maintain` did to one object.
 *
 * @public
 */
export interface MaintainedObject {
  /** Qualified, quoted as the server does. */
  readonly object: string;
  /** What ran, exactly. */
  readonly command: string;
  readonly seconds: number;
  /** Measured before and after, for example `deadRows` and `sizeBytes`. */
  readonly before: JsonObject;
  readonly after: JsonObject;
  /** What else had to be done or said, in a sentence. */
  readonly note?: string;
}

/**
 * What `maintain` gives when it was carried out on everything that was named.
 *
 * @public
 */
export interface MaintainOutcome {
  readonly action: string;
  readonly sentence: string;
  readonly items: readonly MaintainedObject[];
}
