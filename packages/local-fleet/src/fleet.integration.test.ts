import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { Client } from 'pg';
import { parse } from 'yaml';
import { findFleetProcesses } from './framework/processTable';
import { LocalFleet } from './LocalFleet';
import { serverPlace, withSuperuser } from './postgresql/place';
import { createAdminClient } from './s3/client';
import { BACKUP_BUCKET } from './s3/names';

jest.setTimeout(180_000);

/** Its folder, and the sockets that SeaweedFS names after ports. */
function temporaryNames({ context, members }: LocalFleet): readonly string[] {
  const ports = members.flatMap(member => Object.values(member.ports));
  return [basename(context.directory), ...ports.map(port => `-${port}.sock`)];
}

async function isListening(port: number): Promise<boolean> {
  const socket = createConnection({ host: '127.0.0.1', port });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function eventually(check: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 45_000;
  while (!(await check())) {
    if (Date.now() > deadline) {
      throw new Error(`Still not true after 45 s: ${check.toString()}`);
    }
    await sleep(250);
  }
}

describe('a fleet of an object store and PostgreSQL', () => {
  let fleet: LocalFleet;
  /** Names of this file's fleets in the temporary folder; other files have theirs beside. */
  const own: string[] = [];

  async function query<T extends object>(
    text: string,
    member: 'fleet-pg-1' | 'fleet-pg-2' = 'fleet-pg-1',
  ): Promise<T[]> {
    const place = await serverPlace(fleet.context, member);
    return withSuperuser(
      place,
      async client => (await client.query<T>(text)).rows,
      'app',
    );
  }

  beforeAll(async () => {
    fleet = await LocalFleet.temporary({ only: ['postgresql'] });
    own.push(...temporaryNames(fleet));
    await fleet.up();
  });

  afterAll(async () => {
    await fleet.reset();
  });

  it('streams from the primary to the standby through the slot', async () => {
    const slots = await query<{ slot_name: string; active: boolean }>(
      'SELECT slot_name, active FROM pg_replication_slots',
    );
    expect(slots).toEqual([{ slot_name: 'fleet_pg_2', active: true }]);
    await query(`INSERT INTO app.canary (token) VALUES ('streamed')`);
    await eventually(async () => {
      const rows = await query(
        `SELECT FROM app.canary WHERE token = 'streamed'`,
        'fleet-pg-2',
      );
      return rows.length === 1;
    });
  });

  it('archives its log to the object store', async () => {
    const [before] = await query<{ archived: string }>(
      'SELECT archived_count AS archived, pg_switch_wal() FROM pg_stat_archiver',
    );
    const archived = Number(before?.archived);
    await eventually(async () => {
      const [now] = await query<{ archived: string }>(
        'SELECT archived_count AS archived FROM pg_stat_archiver',
      );
      return Number(now?.archived) > archived;
    });
    const [archiver] = await query<{ failed: string }>(
      'SELECT failed_count AS failed FROM pg_stat_archiver WHERE last_failed_time > last_archived_time',
    );
    expect(archiver).toBeUndefined();
  });

  it('lets the monitoring role in over TLS with its password, and nobody without TLS', async () => {
    const options = {
      host: '127.0.0.1',
      port: await fleet.context.port('fleet-pg-1'),
      database: 'app',
      user: 'dbops_monitor',
      password: await fleet.context.secret('pg-dbops_monitor'),
    };
    const secured = new Client({
      ...options,
      ssl: { ca: await readFile(fleet.context.caFile, 'utf8') },
    });
    await secured.connect();
    await secured.end();
    const plain = new Client(options);
    await expect(plain.connect()).rejects.toThrow(/no encryption/);
  });

  it('refuses objects that ask for no encryption', async () => {
    const client = await createAdminClient(fleet.context);
    const object = { Bucket: BACKUP_BUCKET, Key: 'control/x', Body: 'x' };
    await expect(client.send(new PutObjectCommand(object))).rejects.toThrow(
      /Access ?Denied/,
    );
    await client.send(
      new PutObjectCommand({ ...object, ServerSideEncryption: 'AES256' }),
    );
    client.destroy();
  });

  it('stops and starts one member alone', async () => {
    const standby = fleet.member('fleet-pg-2');
    await standby.stop();
    expect(await standby.state()).toBe('stopped');
    expect(await fleet.member('fleet-pg-1').state()).toBe('running');
    await standby.start();
    await eventually(async () => {
      const [slot] = await query<{ active: boolean }>(
        'SELECT active FROM pg_replication_slots',
      );
      return slot?.active === true;
    });
  });

  it('is found again by another process through its folder', async () => {
    const again = await LocalFleet.open({
      directory: fleet.context.directory,
    });
    expect(await again.member('fleet-pg-1').state()).toBe('running');
    expect(again.members.map(({ name }) => name)).toEqual(
      fleet.members.map(({ name }) => name),
    );
  });

  it('writes rows and canaries without errors', async () => {
    const results = await fleet.load({
      ratePerSecond: 200,
      signal: AbortSignal.timeout(3_000),
    });
    const result = results.get('postgresql');
    expect(result?.errors).toBe(0);
    expect(result?.canaries).toBeGreaterThanOrEqual(2);
    expect(result?.writes).toBeGreaterThanOrEqual(300);
  });

  it('writes a configuration that refers to secrets by file and is readable by its owner only', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fleet-configuration-'));
    const file = join(folder, 'app-config.yaml');
    await fleet.writeConfiguration(file);
    expect((await stat(file)).mode % 0o1000).toBe(0o600);
    const text = await readFile(file, 'utf8');
    for (const secret of await readdir(
      join(fleet.context.directory, 'secrets'),
    )) {
      expect(text).not.toContain(await fleet.context.secret(secret));
    }
    const { databaseOps } = parse(text);
    const passwordFile =
      databaseOps.databases['analytics-timescale'].postgresql.password.$file;
    expect(await readFile(passwordFile, 'utf8')).toMatch(/^[0-9a-f]{32}$/);
    await rm(folder, { recursive: true });
  });

  it('keeps its data over a restart of everything, the object store killed included', async () => {
    await query(`INSERT INTO app.canary (token) VALUES ('before the restart')`);
    await fleet.member('fleet-s3').stop({ force: true });
    await fleet.down();
    await fleet.up();
    const rows = await query(
      `SELECT FROM app.canary WHERE token = 'before the restart'`,
    );
    expect(rows).toHaveLength(1);
  });

  it('stands beside a second fleet with other ports, secrets and certificates', async () => {
    const second = await LocalFleet.temporary({ only: ['postgresql'] });
    own.push(...temporaryNames(second));
    const ports = (one: LocalFleet) =>
      one.members.flatMap(member => Object.values(member.ports));
    expect(ports(second).filter(port => ports(fleet).includes(port))).toEqual(
      [],
    );
    expect(await second.context.secret('s3-kek-1')).not.toBe(
      await fleet.context.secret('s3-kek-1'),
    );
    await second.reset();
    expect(existsSync(second.context.directory)).toBe(false);
    expect(await fleet.member('fleet-pg-1').state()).toBe('running');
  });

  it('leaves no process, port or temporary file behind', async () => {
    const ports = fleet.members.flatMap(({ ports: p }) => Object.values(p));
    const { directory } = fleet.context;
    await fleet.reset();
    expect(
      await findFleetProcesses(directory, join(directory, 'restores')),
    ).toEqual([]);
    for (const port of ports) {
      expect(await isListening(port)).toBe(false);
    }
    expect(existsSync(directory)).toBe(false);
    const left = (await readdir(tmpdir())).filter(name =>
      own.some(part => name.includes(part)),
    );
    expect(left).toEqual([]);
  });
});
