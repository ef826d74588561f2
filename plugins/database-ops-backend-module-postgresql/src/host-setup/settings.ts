import { HostConfigurationSection } from 'backstage-plugin-database-ops-node';
import { line } from './lines';
import { HostPlan } from './place';

/** Bounds what a loss costs on a quiet database; doctor warns above. */
export const ARCHIVE_TIMEOUT_SECONDS = 30;

/** A value in `postgresql.conf`. */
function quoted(value: string): string {
  return `'${value.replace(/'/g, "''")}'`;
}

export function settingsSections(
  plan: HostPlan,
): readonly HostConfigurationSection[] {
  const { pgbackrest, host, files, facts } = plan;
  const libraries = [
    ...facts.libraries.filter(name => name !== 'pg_stat_statements'),
    'pg_stat_statements',
  ];
  return [
    {
      id: 'settings',
      title: 'Settings of PostgreSQL',
      kind: 'file',
      target: files.settings,
      lines: [
        line(
          "wal_level = 'replica'",
          'The log carries what archiving and standbys need; keep logical where it is used. Needs a restart.',
        ),
        line(
          "archive_mode = 'on'",
          'Without it there are backups, but no moment between them. Needs a restart.',
        ),
        line(
          `archive_command = ${quoted(`pgbackrest --config-path="${files.folder}" --stanza=${pgbackrest.stanza} archive-push %p`)}`,
          'The word pgbackrest has to be in it, or "pgbackrest check" refuses it.',
        ),
        line(
          `archive_timeout = '${ARCHIVE_TIMEOUT_SECONDS}s'`,
          'With the default 0 a quiet database sends nothing until a segment is full: 10 to 30 s bound what a loss costs.',
        ),
        line(
          "hot_standby = 'on'",
          'Standbys answer queries, so that health can ask them.',
        ),
        line(
          "max_wal_senders = '10'",
          'Standbys, and copies of the whole server. Needs a restart.',
        ),
        line(
          "max_replication_slots = '10'",
          'One for each standby and subscriber. Needs a restart.',
        ),
        line(
          "max_slot_wal_keep_size = '10GB'",
          'A standby that is gone keeps no more log than this; without a limit it fills the disk of the primary. A standby beyond it has to be made anew: raise it where the disk allows.',
        ),
        line(
          `shared_preload_libraries = ${quoted(libraries.join(','))}`,
          'This replaces the list: name what stands there today by --library, timescaledb first. Needs a restart.',
        ),
        line(
          "compute_query_id = 'on'",
          'Sessions and statements are shown by it; no text of a query leaves the server.',
        ),
        line(
          "pg_stat_statements.track_utility = 'off'",
          'Utility statements may hold passwords.',
        ),
        line(
          "password_encryption = 'scram-sha-256'",
          'The default since 14; md5 can be replayed by who reads it.',
        ),
        line("ssl = 'on'", 'pg_hba.conf lets the roles in with TLS only.'),
        line(`ssl_ca_file = ${quoted(files.caFile)}`),
        line(`ssl_cert_file = ${quoted(files.certFile)}`),
        line(`ssl_key_file = ${quoted(files.keyFile)}`),
        line("ssl_min_protocol_version = 'TLSv1.2'"),
        line(
          '# data_checksums cannot be set here.',
          'Without checksums a damaged page is backed up unnoticed. "initdb --data-checksums" for a new server, "pg_checksums --enable" on one that is stopped; from 18 on they are the default.',
        ),
      ],
    },
    {
      id: 'include-settings',
      title: 'Use of these settings',
      kind: 'shell',
      target: `the database host (${host.host}), as ${facts.account}`,
      lines: [
        line(
          `PGCONF=\${PGCONF:-${host.dataDirectory}}; echo "include '${files.settings}'" >> "$PGCONF/postgresql.conf"`,
          'Debian keeps postgresql.conf in /etc/postgresql/<version>/<cluster>: set PGCONF to that. What stands later wins.',
        ),
        line(
          `cat ${files.access} "$PGCONF/pg_hba.conf" > "$PGCONF/pg_hba.conf.new" && chmod 600 "$PGCONF/pg_hba.conf.new" && mv "$PGCONF/pg_hba.conf.new" "$PGCONF/pg_hba.conf"`,
          'The first line that fits decides, so these come before yours. Then restart PostgreSQL.',
        ),
      ],
    },
    {
      id: 'start-unit',
      title: 'Start of PostgreSQL',
      kind: 'file',
      target: '/etc/systemd/system/postgresql@.service.d/database-ops.conf',
      lines: [
        line('[Service]'),
        line(
          'ExecStartPost=/bin/kill -HUP $MAINPID',
          'From 15 on the checkpointer looks at archive_timeout only checkpoint_timeout (5 min) after a start, unless something wakes it. Elsewhere than on Debian the unit has another name.',
        ),
      ],
    },
  ];
}

/** Who is let in, and how. */
export function accessSections(
  plan: HostPlan,
  roles: readonly string[],
): readonly HostConfigurationSection[] {
  const { files, facts } = plan;
  return [
    {
      id: 'access',
      title: 'Access to PostgreSQL (goes before your own lines of pg_hba.conf)',
      kind: 'file',
      target: files.access,
      lines: [
        line(
          `local all ${facts.account} peer`,
          "pgBackRest's server signs in here: through the socket, as its own account.",
        ),
        ...roles.flatMap(role => [
          line(
            `hostnossl all ${role} all reject`,
            'Never without TLS, whatever your own lines allow.',
          ),
          line(
            `hostssl all ${role} ${facts.portalNetwork} scram-sha-256`,
            'From the network of the portal only (samenet means those of this host: name yours by --portal-network); all databases, for proofs need extensions in each.',
          ),
        ]),
      ],
    },
  ];
}
