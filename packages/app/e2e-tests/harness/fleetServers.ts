// What tests do to the fleet's servers beside the portal's back.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { IncomingMessage } from 'node:http';
import { get } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { LocalFleet } from 'local-fleet';
import { TIMESCALE } from './fleetDatabase';

/** Names of the Redis nodes that are masters now, as each says of itself. */
export async function masterNodes(
  fleet: LocalFleet,
): Promise<readonly string[]> {
  const names = fleet.members
    .filter(({ group }) => group === 'redis')
    .map(({ name }) => name);
  const files = await Promise.all(
    names.map(name =>
      readFile(join(fleet.context.directory, 'redis', name, 'nodes.conf'), {
        encoding: 'utf8',
      }),
    ),
  );
  return names.filter((_, index) => files[index].includes('myself,master'));
}

/** The fleet's PostgreSQL through its socket, where this account is its superuser. */
export async function connectSuperuser(fleet: LocalFleet) {
  const { databaseOps } = await fleet.configuration();
  const { postgresql } = databaseOps.databases[TIMESCALE] as {
    readonly postgresql: {
      readonly pgbackrest: {
        readonly socketDirectory: string;
        readonly databasePort: number;
      };
    };
  };
  const { socketDirectory, databasePort } = postgresql.pgbackrest;
  const psql = await fleet.context.tool('psql');
  return {
    /** Statements go in by standard input: they may hold a password. */
    async run(statements: string): Promise<string> {
      const child = spawn(
        psql,
        [
          ...['--host', socketDirectory, '--port', String(databasePort)],
          ...['--username', 'postgres', '--dbname', 'postgres'],
          ...['--no-psqlrc', '--quiet', '--tuples-only', '--no-align'],
          ...['--set', 'ON_ERROR_STOP=1'],
        ],
        { stdio: ['pipe', 'pipe', 'pipe'] },
      );
      child.stdin.end(statements);
      const [output, complaint, [code]] = await Promise.all([
        text(child.stdout),
        text(child.stderr),
        once(child, 'close'),
      ]);
      if (code !== 0) {
        throw new Error(`psql ended with ${code}: ${complaint}`);
      }
      return output.trim();
    },
  };
}

/** One series of a range as Prometheus answers it: pairs of time and text. */
export interface PrometheusSeries {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [number, string])[];
}

/** Asks the fleet's Prometheus as a person with curl would. */
export async function queryPrometheus(
  fleet: LocalFleet,
  range: { query: string; start: number; end: number; step: number },
): Promise<readonly PrometheusSeries[]> {
  const { databaseOps } = await fleet.configuration();
  const { url, caFile, username, password } = databaseOps.prometheus as {
    readonly url: string;
    readonly caFile: string;
    readonly username: string;
    readonly password: { readonly $file: string };
  };
  const query = new URLSearchParams(
    Object.entries(range).map(([key, value]) => [key, String(value)]),
  );
  const secret = (await readFile(password.$file, 'utf8')).trim();
  const request = get(`${url}/api/v1/query_range?${query}`, {
    ca: await readFile(caFile),
    auth: `${username}:${secret}`,
    agent: false,
  });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const answer = JSON.parse(await text(response));
  if (answer.status !== 'success') {
    throw new Error(`Prometheus answered ${JSON.stringify(answer)}`);
  }
  return answer.data.result;
}
