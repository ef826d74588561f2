import { JsonObject } from '@backstage/types';
import { Pin } from 'backstage-plugin-database-ops-common';
import { Knex } from 'knex';
import { readJson } from '../../database/json';

/** Of the audit event with which a pin ends. */
export const ENDED_ACTION = 'pin.end';
/** Of the audit event of somebody who wants a pin to end that needs a second person for it. */
export const WANTED_ACTION = 'pin.end-wanted';

interface EventRow {
  readonly actor: string;
  readonly details: string;
}

/** What the audit history has of the ends of pins; a row or a file alone proves nothing. */
export class PinEnds {
  readonly #knex: Knex;

  constructor(options: { readonly knex: Knex }) {
    this.#knex = options.knex;
  }

  /** Pins of a database that somebody ended here. */
  async recorded(databaseId: string, knex: Knex): Promise<ReadonlySet<string>> {
    const events: EventRow[] = await knex('audit_events')
      .where({
        database_id: databaseId,
        action: ENDED_ACTION,
        outcome: 'succeeded',
      })
      .select('actor', 'details');
    return new Set(events.map(pinOf).filter(id => id !== undefined));
  }

  /** Who asked for the end of a pin since then. */
  async wantedBy(
    { id, databaseId }: Pick<Pin, 'id' | 'databaseId'>,
    since: Date,
  ): Promise<readonly string[]> {
    const events: EventRow[] = await this.#knex('audit_events')
      .where({
        database_id: databaseId,
        action: WANTED_ACTION,
        outcome: 'accepted',
      })
      .where('at', '>=', since.toISOString())
      .select('actor', 'details');
    return [
      ...new Set(
        events.filter(event => pinOf(event) === id).map(({ actor }) => actor),
      ),
    ];
  }
}

function pinOf({ details }: EventRow): string | undefined {
  const { pinId } = readJson<JsonObject>(details);
  return typeof pinId === 'string' ? pinId : undefined;
}
