import { LocalFleet } from 'local-fleet';
import { Client } from 'pg';
import { withAdmin } from '../fleetDatabase';
import { archiveSegment } from '../segments';

const ROW_BYTES = 8192;
const BATCH_ROWS = 4096;
const PARTS = 16;
const ARCHIVED_WITHIN_SECONDS = 900;
/** Sixty-four random bytes, so that nothing gets smaller by compression. */
const BODY = `(SELECT string_agg(sha512((random()::text || n || i)::bytea), ''::bytea) FROM generate_series(1, ${ROW_BYTES / 64}) AS i)`;

const DIGEST =
  "SELECT md5(string_agg(md5(body), '' ORDER BY n)) AS digest FROM public.bulk";

/** A table of incompressible rows. */
export async function fill(
  fleet: LocalFleet,
  megabytes: number,
  say: (line: string) => void,
): Promise<void> {
  const rows = Math.ceil((megabytes * 1_000_000) / ROW_BYTES);
  await withAdmin(fleet, async client => {
    await client.query(
      'CREATE TABLE public.bulk (n integer PRIMARY KEY, body bytea NOT NULL) PARTITION BY RANGE (n)',
    );
    // Files apart, so that a change in some rows leaves most files as they are.
    for (let part = 0; part < PARTS; part++) {
      const bound = (of: number) => Math.round((rows * of) / PARTS) + 1;
      await client.query(
        `CREATE TABLE public.bulk_${part} PARTITION OF public.bulk FOR VALUES FROM (${bound(part)}) TO (${bound(part + 1)})`,
      );
    }
    await client.query(
      'ALTER TABLE public.bulk ALTER COLUMN body SET STORAGE EXTERNAL',
    );
    for (let from = 1; from <= rows; from += BATCH_ROWS) {
      const to = Math.min(from + BATCH_ROWS - 1, rows);
      await client.query(
        `INSERT INTO public.bulk SELECT n, ${BODY} FROM generate_series(${from}, ${to}) AS n`,
      );
    }
    await settle(client);
    const { rows: size } = await client.query<{ bytes: string }>(
      'SELECT pg_database_size(current_database())::text AS bytes',
    );
    say(`${(Number(size[0].bytes) / 1e6).toFixed(0)} MB in the database`);
  });
}

/** Changes a share of the rows, one after the other, so that a differential backup has something to do; gives the digest of all. */
export async function change(
  fleet: LocalFleet,
  percent: number,
): Promise<string> {
  return withAdmin(fleet, async client => {
    await client.query(
      `UPDATE public.bulk SET body = ${BODY} WHERE n <= (SELECT max(n) FROM public.bulk) * ${percent} / 100`,
    );
    // The first to read changed rows notes in their pages that they are committed: with checksums that is log, too.
    const digest = await readDigest(client);
    await settle(client);
    return digest;
  });
}

/** Returns once the log is archived: neither side is to work beside that. */
async function settle(client: Client): Promise<void> {
  await client.query('CHECKPOINT');
  await archiveSegment(client, ARCHIVED_WITHIN_SECONDS);
}

export async function digestOf(
  fleet: LocalFleet,
  port: number,
): Promise<string> {
  return withAdmin(fleet, readDigest, { port });
}

async function readDigest(client: Client): Promise<string> {
  return (await client.query<{ digest: string }>(DIGEST)).rows[0].digest;
}
