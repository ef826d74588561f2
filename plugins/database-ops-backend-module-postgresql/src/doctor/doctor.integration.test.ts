import { chmod, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mockServices } from '@backstage/backend-test-utils';
import { Signal } from 'backstage-plugin-database-ops-common';
import {
  LocalProcessRunner,
  OperateTarget,
} from 'backstage-plugin-database-ops-node';
import { FleetLoan } from 'local-fleet';
import { recordedRun } from '../__testUtils__/recordedRun';
import { RenderedHost } from '../__testUtils__/RenderedHost';
import { takeBackup } from '../backup/takeBackup';
import { PgBackRestConfig, PostgresqlConfig } from '../config';
import { extensionSql } from '../host-setup/roles';
import { inspectHost } from './inspectHost';

jest.setTimeout(300_000);

describe('the doctor of a PostgreSQL host', () => {
  let loan: FleetLoan;
  let host: RenderedHost;
  let member: string;

  beforeAll(async () => {
    loan = await FleetLoan.take({ only: ['s3'] });
    member = `examined-${Date.now()}`;
    host = await RenderedHost.create(loan.fleet, { name: member });
    for (const { sql } of extensionSql()) {
      await host.sql(sql, { database: 'postgres' });
    }
    const { context } = await recordedRun(host.target.repository, {
      operationId: 'examined-backup',
      stateDirectory: host.folder,
    });
    await takeBackup(host.target, { type: 'full' }, context);
  });

  afterAll(async () => {
    await host?.stop();
    await loan?.giveBack();
  });

  async function inspect(
    target: OperateTarget<PostgresqlConfig> = host.target,
    clock = () => new Date(),
  ): Promise<readonly Signal[]> {
    return inspectHost(target, {
      logger: mockServices.logger.mock(),
      signal: new AbortController().signal,
      processes: new LocalProcessRunner(),
      workDirectory: await mkdtemp(join(host.folder, 'doctor-')),
      clock,
    });
  }

  /** The host with another configuration in the portal. */
  function configured(
    change: Partial<PostgresqlConfig>,
    pgbackrest: Partial<PgBackRestConfig> = {},
  ): OperateTarget<PostgresqlConfig> {
    const { database, repository } = host.target;
    const { config } = database;
    return {
      repository,
      database: {
        ...database,
        config: {
          ...config,
          ...change,
          pgbackrest: { ...config.pgbackrest!, ...pgbackrest },
        },
      },
    };
  }

  const wrongOf = (findings: readonly Signal[]) =>
    findings.filter(({ status }) => status !== 'ok');

  it('finds nothing wrong with a host that is set up as rendered', async () => {
    const findings = await inspect();
    expect(wrongOf(findings)).toEqual([]);
    expect(findings.length).toBeGreaterThan(25);
  });

  /** What is wrong while these statements hold, by id. */
  async function wrongWhile(
    breaking: readonly string[],
    mending: readonly string[],
    database?: string,
  ): Promise<Record<string, string>> {
    const run = async (statements: readonly string[]) => {
      await host.sql(statements.map(each => `${each};`).join('\n'), {
        database,
      });
      await host.reload();
    };
    await run(breaking);
    try {
      return Object.fromEntries(
        wrongOf(await inspect()).map(({ id, status, sentence }) => [
          id,
          `${status}: ${sentence}`,
        ]),
      );
    } finally {
      await run(mending);
    }
  }

  it('names each setting that is wrong, and no other', async () => {
    const settings: Record<string, [string, string, string]> = {
      'archive-timeout': ['archive_timeout', '0', 'critical:.*no bound'],
      'slot-limit': [
        'max_slot_wal_keep_size',
        '-1',
        'warning:.*without a limit',
      ],
      'full-page-writes': ['full_page_writes', 'off', 'critical:.*torn'],
      'max-wal-size': ['max_wal_size', '256MB', "warning:.*'256'"],
      'password-encryption': ['password_encryption', 'md5', "warning:.*'md5'"],
      'query-id': ['compute_query_id', 'off', "warning:.*'off'"],
    };
    const wrong = await wrongWhile(
      Object.values(settings).map(
        ([name, value]) => `ALTER SYSTEM SET ${name} = '${value}'`,
      ),
      Object.values(settings).map(([name]) => `ALTER SYSTEM RESET ${name}`),
    );
    expect(Object.keys(wrong).sort()).toEqual(Object.keys(settings).sort());
    for (const [id, [, , words]] of Object.entries(settings)) {
      expect(wrong[id]).toMatch(new RegExp(words));
    }
  });

  it('names rights that are missing', async () => {
    const wrong = await wrongWhile(
      [
        'REVOKE pg_monitor FROM dbops_monitor',
        // With settings unreadable everything would be unknown.
        'GRANT pg_read_all_settings TO dbops_monitor',
        'REVOKE DELETE ON database_ops.canary FROM dbops_monitor',
      ],
      [
        'GRANT pg_monitor TO dbops_monitor',
        'REVOKE pg_read_all_settings FROM dbops_monitor',
        'GRANT DELETE ON database_ops.canary TO dbops_monitor',
      ],
    );
    expect(Object.keys(wrong)).toEqual(['role-rights', 'canary-rights']);
    expect(wrong['role-rights']).toContain('critical');
  });

  it('warns of a superuser, and of what it could do on the host', async () => {
    const superuser = await wrongWhile(
      ['ALTER ROLE dbops_monitor SUPERUSER'],
      ['ALTER ROLE dbops_monitor NOSUPERUSER'],
    );
    expect(superuser['role-surplus']).toMatch(/^warning:.*SUPERUSER/);
    const programs = await wrongWhile(
      ['GRANT pg_execute_server_program TO dbops_monitor'],
      ['REVOKE pg_execute_server_program FROM dbops_monitor'],
    );
    expect(Object.keys(programs)).toEqual(['role-surplus']);
    expect(programs['role-surplus']).toContain('pg_execute_server_program');
  });

  it('names the database in which amcheck is missing', async () => {
    expect(
      await wrongWhile(
        ['DROP EXTENSION amcheck'],
        ['CREATE EXTENSION amcheck'],
        'postgres',
      ),
    ).toEqual({
      extensions: expect.stringMatching(/^warning:.*amcheck in postgres/),
    });
  });

  it('names an archive command that is not pgBackRest, which pgBackRest refuses too', async () => {
    const wrong = await wrongWhile(
      ["ALTER SYSTEM SET archive_command = 'cp %p /mnt/nowhere/%f'"],
      ['ALTER SYSTEM RESET archive_command'],
    );
    expect(wrong['archive-command']).toContain('cp %p');
    expect(wrong[`pgbackrest.${host.target.repository.id}`]).toMatch(
      /^critical:.*archive/,
    );
  });

  it("names pgBackRest's server that is stopped", async () => {
    await host.stopServer();
    try {
      expect(wrongOf(await inspect()).map(({ id }) => id)).toEqual([
        'pgbackrest-server.127.0.0.1',
        `pgbackrest.${host.target.repository.id}`,
      ]);
    } finally {
      await host.startServer();
    }
  });

  it('names the worker that the server does not let in', async () => {
    const file = join(host.folder, 'etc', 'server.conf');
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace('=dbops-worker=', '=another-worker='));
    await host.stopServer();
    await host.startServer();
    try {
      const wrong = wrongOf(await inspect());
      expect(wrong.map(({ id, status }) => [id, status])).toEqual([
        [`pgbackrest.${host.target.repository.id}`, 'critical'],
      ]);
      expect(wrong[0].sentence).toContain('tls-server-auth');
    } finally {
      await writeFile(file, text);
      await host.stopServer();
      await host.startServer();
    }
  });

  it('names archiving that is not asynchronous', async () => {
    const file = join(host.folder, 'etc', 'pgbackrest.conf');
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace('archive-async=y', 'archive-async=n'));
    try {
      expect(wrongOf(await inspect())).toMatchObject([
        { id: 'archive-async', status: 'warning' },
      ]);
    } finally {
      await writeFile(file, text);
    }
  });

  it('names access without TLS', async () => {
    const file = join(host.dataDirectory, 'pg_hba.conf');
    const text = await readFile(file, 'utf8');
    await writeFile(file, `host all all 127.0.0.1/32 scram-sha-256\n${text}`);
    await chmod(file, 0o644);
    await host.reload();
    try {
      expect(wrongOf(await inspect())).toMatchObject([
        { id: `open-access.${member}`, status: 'warning' },
      ]);
    } finally {
      await writeFile(file, text);
      await host.reload();
    }
  });

  it('names clocks that differ, a store that is another one, and a password that is wrong', async () => {
    const ahead = await inspect(
      host.target,
      () => new Date(Date.now() + 5_000),
    );
    expect(wrongOf(ahead)).toMatchObject([{ id: 'clock', status: 'warning' }]);
    const elsewhere = await inspect(
      configured({}, { repositoryPath: '/pgbackrest/hosts/nothing-here' }),
    );
    expect(wrongOf(elsewhere).map(({ id }) => id)).toContain(
      `stanza.${host.target.repository.id}`,
    );
    const { username } = host.target.database.config;
    const locked = wrongOf(
      await inspect(configured({ username: `${username}_x` })),
    );
    expect(locked).toMatchObject([
      { id: `member.${member}`, status: 'critical' },
      { id: 'primary', status: 'unknown' },
    ]);
  });
});
