import { PgBackRestConfig } from '../config';
import {
  loadsTimescale,
  parseControlData,
  renderHba,
  renderIdent,
  renderServerConfiguration,
  renderSettings,
  restoreCommand,
} from './serverFiles';
import { RestorePlace } from './RestorePlace';

describe('recovery settings', () => {
  it('are quoted for PostgreSQL, and the command for the shell', () => {
    const command = restoreCommand(
      { stanza: 'main' } as PgBackRestConfig,
      "/restores/it's one%/pgbackrest.conf",
    );
    expect(command).toBe(
      `'pgbackrest' --config='/restores/it'\\''s one%%/pgbackrest.conf' --stanza=main --log-level-console=off --log-level-stderr=warn archive-get %f "%p"`,
    );
    expect(renderSettings({ recovery_target_name: "o'clock", a: 'b' })).toBe(
      "recovery_target_name = 'o''clock'\na = 'b'\n",
    );
  });
});

describe('parseControlData', () => {
  it('finds the settings that a standby must not have lower', () => {
    const { systemIdentifier, settings } = parseControlData(
      [
        'Database system identifier:           7711236971318875780',
        'max_connections setting:              80',
        'max_prepared_xacts setting:           5',
        'track_commit_timestamp setting:       on',
      ].join('\n'),
    );
    expect(systemIdentifier).toBe('7711236971318875780');
    expect(settings).toEqual({
      max_connections: '80',
      max_prepared_transactions: '5',
      track_commit_timestamp: 'on',
    });
  });
});

describe('access to a restored server', () => {
  it("is by the source's passwords, and by the account for the superuser", () => {
    expect(renderHba({ superuser: 'odd "role' })).toBe(
      'local all "odd ""role" peer map=restored\nlocal all all scram-sha-256\nhost all all 127.0.0.1/32 scram-sha-256\n',
    );
    expect(
      renderIdent(
        { superuser: 'postgres' },
        { superuser: ['postgres', 'root'], query: 'root' },
      ),
    ).toBe('restored "postgres" "postgres"\nrestored "root" "postgres"\n');
  });

  it('lets the account of the portal, and no other, in as the role of the query box', () => {
    const doors = { superuser: 'postgres', queryRole: 'odd "reader' };
    expect(renderHba(doors).split('\n').slice(0, 3)).toEqual([
      'local all "postgres" peer map=restored',
      'local all "odd ""reader" peer map=query',
      'local all all scram-sha-256',
    ]);
    expect(
      renderIdent(doors, { superuser: ['postgres'], query: 'portal' }),
    ).toBe('restored "postgres" "postgres"\nquery "portal" "odd ""reader"\n');
  });
});

describe('the configuration of a copy', () => {
  const settingsOf = (preloadTimescale: boolean) =>
    renderServerConfiguration({
      place: {
        dataDirectory: '/restores/one/data',
        configurationDirectory: '/restores/one/configuration',
        socketDirectory: '/run/one',
      } as RestorePlace,
      port: 12_345,
      databaseId: 'orders',
      control: parseControlData(''),
      preloadTimescale,
    });

  it('loads no library that acts by itself, such as pg_cron, and takes nothing from the source', () => {
    const settings = settingsOf(false);
    for (const line of [
      "shared_preload_libraries = ''",
      "max_logical_replication_workers = '0'",
      "max_replication_slots = '0'",
      "synchronous_standby_names = ''",
      "primary_conninfo = ''",
      "archive_mode = 'off'",
    ]) {
      expect(settings.split('\n')).toContain(line);
    }
    expect(settings).not.toContain('cron');
  });

  it('loads TimescaleDB where the data needs it, alone and without its jobs', () => {
    const lines = settingsOf(true).split('\n');
    expect(lines).toContain("shared_preload_libraries = 'timescaledb'");
    expect(lines).toContain("timescaledb.max_background_workers = '0'");
    expect(lines).toContain("timescaledb.telemetry_level = 'off'");
  });
});

describe('loadsTimescale', () => {
  it('reads the setting, not a comment', () => {
    expect(loadsTimescale("shared_preload_libraries = 'timescaledb,x'")).toBe(
      true,
    );
    expect(loadsTimescale("#shared_preload_libraries = 'timescaledb'")).toBe(
      false,
    );
  });
});
