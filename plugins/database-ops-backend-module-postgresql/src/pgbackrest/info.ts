import { z } from 'zod';

const pair = z.object({
  start: z.string().nullable(),
  stop: z.string().nullable(),
});

/** One backup of `pgbackrest info --output=json`, as version 2.45 and later write it. */
const backupSchema = z.object({
  label: z.string(),
  type: z.enum(['full', 'diff', 'incr']),
  prior: z.string().nullable(),
  reference: z.array(z.string()).nullable(),
  /** Page checksum errors; null when they were not checked. */
  error: z.boolean().nullish(),
  /** Files with such pages; told of a single backup only. */
  'error-list': z.array(z.string()).nullish(),
  annotation: z.record(z.string(), z.string()).nullish(),
  archive: pair.nullish(),
  lsn: z
    .object({ start: z.string().nullish(), stop: z.string().nullish() })
    .nullish(),
  timestamp: z.object({ start: z.number(), stop: z.number() }),
  info: z.object({
    size: z.number(),
    delta: z.number(),
    repository: z.object({ size: z.number().nullish(), delta: z.number() }),
  }),
  database: z.object({ id: z.number(), 'repo-key': z.number() }),
});

const stanzaSchema = z.object({
  name: z.string(),
  status: z.object({ code: z.number(), message: z.string() }),
  repo: z
    .array(
      z.object({
        status: z.object({ code: z.number(), message: z.string() }),
      }),
    )
    .nullish(),
  db: z
    .array(
      z.object({
        id: z.number(),
        'system-id': z.union([z.number(), z.string()]),
        version: z.string(),
      }),
    )
    .default([]),
  archive: z
    .array(
      z.object({
        id: z.string(),
        min: z.string().nullable(),
        max: z.string().nullable(),
        database: z.object({ id: z.number() }).nullish(),
      }),
    )
    .default([]),
  backup: z.array(backupSchema).default([]),
});

export type PgBackRestBackup = z.infer<typeof backupSchema>;
export type PgBackRestStanza = z.infer<typeof stanzaSchema>;

/** Values of `status.code`, see pgBackRest's source `command/info/info.c`. */
export const INFO_STATUS = {
  ok: 0,
  missingStanzaPath: 1,
  noBackup: 2,
  missingStanzaData: 3,
  other: 99,
} as const;

/**
 * Parses the document for one stanza. A system identifier exceeds what a
 * JSON number holds exactly, so it is made a string first.
 *
 * @returns `undefined` when the stanza is not in it
 */
export function parseInfo(
  json: string,
  stanza: string,
): PgBackRestStanza | undefined {
  const exact = json.replace(/("system-id"\s*:\s*)(\d+)/g, '$1"$2"');
  return z
    .array(stanzaSchema)
    .parse(JSON.parse(exact))
    .find(({ name }) => name === stanza);
}
