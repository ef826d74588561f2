import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXIT } from '../exitCodes';

jest.setTimeout(120_000);

const DBOPS = require.resolve('../../bin/dbops');
const SECRETS = [
  'access-key-of-test',
  'secret-key-of-test',
  'password-of-test',
  'passphrase-of-test',
  'maintenance-password-of-test',
];

describe('dbops postgresql', () => {
  let folder: string;
  let config: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dbops-postgresql-'));
    config = join(folder, 'app-config.json');
    const file = (name: string) => join(folder, 'worker', name);
    await writeFile(
      config,
      JSON.stringify({
        databaseOps: {
          repositories: {
            main: {
              // Nothing listens there.
              endpoint: 'https://127.0.0.1:1',
              region: 'us-east-1',
              bucket: 'backups',
              accessKeyId: SECRETS[0],
              secretAccessKey: SECRETS[1],
            },
          },
          databases: {
            orders: {
              title: 'Orders',
              engine: 'postgresql',
              repository: 'main',
              postgresql: {
                members: [{ name: 'pg-1', host: '127.0.0.1', port: 1 }],
                database: 'app',
                username: 'dbops_monitor',
                password: SECRETS[2],
                credentialsFile: join(folder, 'monitor.json'),
                rotation: {},
                maintenance: {
                  username: 'dbops_maintenance',
                  password: SECRETS[4],
                  credentialsFile: join(folder, 'maintenance.json'),
                  rotation: {},
                },
                pgbackrest: {
                  stanza: 'orders',
                  host: '127.0.0.1',
                  port: 1,
                  caFile: file('ca.crt'),
                  certFile: file('worker.crt'),
                  keyFile: file('worker.key'),
                  serverConfig: '/etc/pgbackrest/server.conf',
                  dataDirectory: '/var/lib/postgresql/15/main',
                  databasePort: 5432,
                  cipherPass: SECRETS[3],
                },
              },
            },
          },
        },
      }),
    );
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function run(...args: readonly string[]) {
    return new Promise<{ code: number; out: string; err: string }>(resolve => {
      execFile(
        process.execPath,
        [DBOPS, ...args, '--database', 'orders', '--config', config],
        { env: { PATH: process.env.PATH, HOME: folder } },
        (error, out, err) =>
          resolve({ code: error ? Number(error.code) : 0, out, err }),
      );
    });
  }

  it('renders every part with its reasons and without a secret', async () => {
    const { code, out } = await run(
      'postgresql',
      'configure',
      '--portal-network',
      '10.1.0.0/16',
      '--library',
      'timescaledb',
    );
    expect(code).toBe(EXIT.ok);
    for (const part of [
      "shared_preload_libraries = 'timescaledb,pg_stat_statements'",
      'archive-async=y',
      'tls-server-auth=dbops-worker=orders',
      'hostssl all +dbops_monitor 10.1.0.0/16 scram-sha-256',
      'GRANT pg_monitor TO "dbops_monitor";',
      'hostssl all +dbops_maintenance 10.1.0.0/16 scram-sha-256',
      'CREATE OR REPLACE FUNCTION database_ops.renew_login',
      "ARRAY['dbops_monitor', 'dbops_monitor_a', 'dbops_monitor_b']",
      "ARRAY['dbops_maintenance', 'dbops_maintenance_a', 'dbops_maintenance_b']",
      'repo1-s3-key=${REPO1_ACCESS_KEY_ID:?}',
      '# With the default 0 a quiet database',
    ]) {
      expect(out).toContain(part);
    }
    expect(SECRETS.filter(secret => out.includes(secret))).toEqual([]);
  });

  it('writes files in the order of doing it', async () => {
    const directory = join(folder, 'rendered');
    const { code } = await run(
      'postgresql',
      'configure',
      '--directory',
      directory,
    );
    expect(code).toBe(EXIT.ok);
    const files = await readdir(directory);
    expect(files).toContain('06-server.conf');
    expect(files.at(0)).toBe('01-certificates.sh');
    const all = await Promise.all(
      files.map(file => readFile(join(directory, file), 'utf8')),
    );
    expect(SECRETS.filter(secret => all.join().includes(secret))).toEqual([]);
  });

  it('fails where the doctor finds something critical, and says what as JSON', async () => {
    const { code, out } = await run('--output', 'json', 'postgresql', 'doctor');
    expect(code).toBe(EXIT.drift);
    const findings: { id: string; status: string; sentence: string }[] =
      JSON.parse(out);
    expect(findings).toContainEqual(
      expect.objectContaining({
        id: 'member.pg-1',
        status: 'critical',
        sentence: expect.stringContaining('127.0.0.1:1'),
      }),
    );
    expect(findings.map(({ id }) => id)).toContain(
      'pgbackrest-server.127.0.0.1',
    );
    expect(findings.map(({ id }) => id)).toContain('store.main');
    expect(SECRETS.filter(secret => out.includes(secret))).toEqual([]);
  });
});
