// A PostgreSQL for the tests of the plugin's own tables: trust on loopback,
// nothing kept unless asked for, not durable on purpose.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';

/**
 * @param options - `keep`: the data stay when it is stopped, and are found again by the next start
 */
export async function startTestPostgres(directory, { keep = false } = {}) {
  const bin = postgresFolder();
  const account = process.getuid?.() === 0 ? serviceAccount() : undefined;
  mkdirSync(directory, { recursive: true });
  if (account) {
    // The test's folder above is root's; the server has to pass through it.
    chmodSync(join(directory, '..'), 0o711);
    chownSync(directory, account.uid, account.gid);
  }
  const data = join(directory, 'data');
  const port = await freePort();
  const options = { ...account, stdio: ['ignore', 'ignore', 'inherit'] };
  if (!existsSync(data)) {
    execFileSync(
      join(bin, 'initdb'),
      [
        '-D',
        data,
        '-U',
        'postgres',
        '-A',
        'trust',
        '-E',
        'UTF8',
        '--locale=C',
        '--no-sync',
      ],
      options,
    );
  }
  execFileSync(
    join(bin, 'pg_ctl'),
    [
      '-D',
      data,
      '-w',
      '-t',
      '60',
      '-l',
      join(directory, 'postgres.log'),
      '-o',
      `-c listen_addresses=127.0.0.1 -c port=${port} -c unix_socket_directories= -c fsync=off -c full_page_writes=off -c max_connections=300`,
      'start',
    ],
    options,
  );
  return {
    url: `postgresql://postgres@127.0.0.1:${port}/postgres`,
    stop: async () => {
      execFileSync(
        join(bin, 'pg_ctl'),
        ['-D', data, '-w', '-m', keep ? 'fast' : 'immediate', 'stop'],
        options,
      );
      if (!keep) {
        rmSync(directory, { recursive: true, force: true });
      }
    },
  };
}

function postgresFolder() {
  const debian = '/usr/lib/postgresql';
  const candidates = [
    ...(existsSync(debian)
      ? readdirSync(debian)
          .sort((a, b) => Number(b) - Number(a))
          .map(version => join(debian, version, 'bin'))
      : []),
    ...(process.env.PATH ?? '').split(delimiter),
  ];
  const found = candidates.find(folder => existsSync(join(folder, 'initdb')));
  if (!found) {
    throw new Error("PostgreSQL's initdb was not found; run 'npm run setup'.");
  }
  return found;
}

function serviceAccount() {
  const id = flag =>
    Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
