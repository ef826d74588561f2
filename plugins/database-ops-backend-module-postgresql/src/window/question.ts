import { InputError } from '@backstage/errors';
import { JsonObject } from '@backstage/types';
import { parseConfig } from 'backstage-plugin-database-ops-node';
import { z } from 'zod';
import { parseInstant } from '../wal/instant';
import { parsePosition } from '../wal/segments';

const schema = z.looseObject({
  kind: z
    .enum(['latest', 'backup', 'time', 'lsn', 'xid', 'name'])
    .default('latest'),
  backupId: z.string().min(1).optional(),
  timeline: z.number().int().positive().optional(),
  time: z.string().optional(),
  lsn: z.string().optional(),
  xid: z.union([z.string(), z.number()]).optional(),
  name: z.string().optional(),
});

/** Transaction ids as PostgreSQL prints them; 0 to 2 mean something else. */
const TRANSACTION_ID = /^[1-9]\d{0,19}$/;
/** PostgreSQL keeps 63 bytes of a restore point's name. */
const RESTORE_POINT = /^[^\p{Cc}']{1,63}$/u;

interface Where {
  /** Start from this backup instead of the newest one that suits. */
  readonly backupId?: string;
  /** Stay on this timeline instead of the newest one that has the moment. */
  readonly timeline?: number;
}

/** A moment that is asked for. */
export type MomentQuestion = Where &
  (
    | { readonly kind: 'latest' | 'backup' }
    | {
        readonly kind: 'time';
        /** Microseconds since 1970. */ readonly at: number;
      }
    | { readonly kind: 'lsn'; readonly position: number }
    | { readonly kind: 'xid'; readonly xid: string }
    | { readonly kind: 'name'; readonly name: string }
  );

/** @throws InputError naming the parameter and what was expected */
export function readQuestion(raw: JsonObject): MomentQuestion {
  const read = parseConfig(schema, raw, 'parameters');
  const { kind, backupId, timeline } = read;
  const where = { backupId, timeline };
  switch (kind) {
    case 'time': {
      const at = parseInstant(read.time ?? '');
      if (at === undefined) {
        throw wrong(
          'time',
          'an ISO 8601 time with an offset, for example 2026-11-23T09:10:00Z',
        );
      }
      return { ...where, kind, at };
    }
    case 'lsn': {
      const position = parsePosition(read.lsn ?? '');
      if (position === undefined) {
        throw wrong('lsn', 'a position in the log such as 0/2000028');
      }
      return { ...where, kind, position };
    }
    case 'xid': {
      const xid = String(read.xid ?? '');
      if (!TRANSACTION_ID.test(xid)) {
        throw wrong('xid', 'the id of a transaction, for example 738');
      }
      return { ...where, kind, xid };
    }
    case 'name': {
      const name = read.name ?? '';
      if (!RESTORE_POINT.test(name)) {
        throw wrong(
          'name',
          'the name given to pg_create_restore_point, without quotes',
        );
      }
      return { ...where, kind, name };
    }
    case 'backup':
      if (!backupId) {
        throw wrong('backupId', 'the id of a backup from the list');
      }
      return { ...where, kind };
    default: {
      // A latest moment that was fixed before: what is archived since does not move it.
      const position = parsePosition(read.lsn ?? '');
      return position === undefined
        ? { ...where, kind }
        : { ...where, kind: 'lsn', position };
    }
  }
}

function wrong(parameter: string, expected: string): InputError {
  return new InputError(
    `parameters.${parameter} is missing or wrong: expected ${expected}.`,
  );
}
