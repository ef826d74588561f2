import { PgBackRestConfig } from '../config';
import {
  loadsTimescale,
  parseControlData,
  renderHba,
  renderIdent,
  renderSettings,
  restoreCommand,
} from './serverFiles';

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
    expect(renderHba('odd "role')).toBe(
      'local all "odd ""role" peer map=restored\nlocal all all scram-sha-256\nhost all all 127.0.0.1/32 scram-sha-256\n',
    );
    expect(renderIdent(['postgres', 'root'], 'postgres')).toBe(
      'restored "postgres" "postgres"\nrestored "root" "postgres"\n',
    );
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
