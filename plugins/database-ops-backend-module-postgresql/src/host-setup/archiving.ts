import {
  HostConfigurationLine,
  HostConfigurationSection,
} from 'backstage-plugin-database-ops-node';
import { cipherPassOf, repositoryKey } from '../pgbackrest/repositories';
import { repositoryOptions } from '../pgbackrest/configuration';
import { line, oneLine, shellQuoted } from './lines';
import { HostPlan } from './place';

const REASONS: Readonly<Record<string, string>> = {
  path: 'Where the repository lies in the bucket; worker and archiving have to mean the same.',
  'storage-ca-file':
    "The authority of the store's certificate. The path is the portal's: put the file there on this host, too.",
  'cipher-type':
    'What leaves this host is encrypted; the passphrase is the one of the configuration.',
  bundle: 'Small files go together: many requests less.',
};

/** Archiving by this host, straight to the repositories. */
export function archivingSections(
  plan: HostPlan,
): readonly HostConfigurationSection[] {
  const { database, repositories, pgbackrest, host, files, facts } = plan;
  const targets = repositories.map(repository => ({ database, repository }));
  const secrets = targets.flatMap(target => {
    const key = repositoryKey(target);
    return [
      { option: `repo${key}-s3-key`, variable: `REPO${key}_ACCESS_KEY_ID` },
      {
        option: `repo${key}-s3-key-secret`,
        variable: `REPO${key}_SECRET_ACCESS_KEY`,
      },
      ...(cipherPassOf(target)
        ? [
            {
              option: `repo${key}-cipher-pass`,
              variable: `REPO${key}_CIPHER_PASS`,
            },
          ]
        : []),
    ];
  });
  return [
    {
      id: 'archiving',
      title: 'Archiving by pgBackRest',
      kind: 'file',
      target: files.archiving,
      lines: [
        line('[global]'),
        ...targets.flatMap(target =>
          repositoryOptions(target).map(([option, value]) =>
            line(
              `${option}=${oneLine(option, value)}`,
              REASONS[option.replace(/^repo\d+-/, '')],
            ),
          ),
        ),
        line('compress-type=zst', 'Half the size of the default at less work.'),
        line(
          'archive-async=y',
          'Segments that wait are sent together and by several processes: archiving keeps up with a burst of writes.',
        ),
        line('process-max=2', 'How many segments are sent at a time.'),
        ...workingFolders(plan),
        line(
          'io-timeout=15',
          'A store that went away is noticed after 15 s a request instead of 60.',
        ),
        line(''),
        line(`[${pgbackrest.stanza}]`),
        line(`pg1-path=${oneLine('dataDirectory', host.dataDirectory)}`),
      ],
    },
    {
      id: 'repository-secrets',
      title: 'Secrets of the repository',
      kind: 'shell',
      target: `the database host (${host.host}), as root`,
      lines: [
        line(
          `install -d -m 750 -o ${shellQuoted(facts.account)} ${shellQuoted(`${files.folder}/conf.d`)} ${shellQuoted(facts.spoolDirectory)}`,
          `pgBackRest runs as ${facts.account}.`,
        ),
        line(
          `install -m 600 -o ${shellQuoted(facts.account)} /dev/null ${shellQuoted(files.secrets)}`,
          'Made private before anything stands in it.',
        ),
        line(
          `cat > ${shellQuoted(files.secrets)} <<END\n[global]\n${secrets
            .map(({ option, variable }) => `${option}=\${${variable}:?}`)
            .join('\n')}\nEND`,
          `Set ${secrets.map(({ variable }) => variable).join(', ')} in your shell first; they stand in no argument. Use a key of this host alone that can write below the repository's path and delete nothing.`,
        ),
      ],
    },
  ];
}

/** pgBackRest's server, by which the worker reads the database's files. */
export function serverSections(
  plan: HostPlan,
): readonly HostConfigurationSection[] {
  const { pgbackrest, host, files, facts } = plan;
  return [
    {
      id: 'server',
      title: "pgBackRest's server",
      kind: 'file',
      target: host.serverConfig,
      lines: [
        line('[global]'),
        line(
          'tls-server-address=*',
          'Name an address of this host where only one of its networks leads to the worker.',
        ),
        line(`tls-server-port=${host.port}`),
        line(`tls-server-ca-file=${files.caFile}`),
        line(`tls-server-cert-file=${files.certFile}`),
        line(`tls-server-key-file=${files.keyFile}`),
        line(
          `tls-server-auth=${oneLine('workerName', facts.workerName)}=${pgbackrest.stanza}`,
          'Who shows a certificate of that common name gets at this stanza and no other. No repository is named in this file, so it holds no secret of one.',
        ),
        ...workingFolders(plan),
        line(''),
        line(`[${pgbackrest.stanza}]`),
        line(`pg1-path=${oneLine('dataDirectory', host.dataDirectory)}`),
        line(`pg1-port=${host.databasePort}`),
        ...(host.socketDirectory
          ? [
              line(
                `pg1-socket-path=${oneLine('socketDirectory', host.socketDirectory)}`,
                'It signs in through the socket as the account it runs as, without a password.',
              ),
            ]
          : []),
      ],
    },
    {
      id: 'server-unit',
      title: "Service of pgBackRest's server",
      kind: 'file',
      target: `/etc/systemd/system/pgbackrest-server-${pgbackrest.stanza}.service`,
      lines: [
        line('[Unit]'),
        line(`Description=pgBackRest server of ${pgbackrest.stanza}`),
        line('After=network.target'),
        line(''),
        line('[Service]'),
        line(
          `User=${facts.account}`,
          'The account that owns the data: it reads them and signs in through the socket.',
        ),
        line(
          `ExecStart=/usr/bin/pgbackrest --config=${host.serverConfig} server`,
        ),
        line('ExecReload=/bin/kill -HUP $MAINPID', 'After a new certificate.'),
        line('Restart=always', 'No backup can be taken without it.'),
        line('RestartSec=5s'),
        line('NoNewPrivileges=yes'),
        line('PrivateTmp=yes'),
        line('ProtectHome=yes'),
        line(''),
        line('[Install]'),
        line('WantedBy=multi-user.target'),
      ],
    },
  ];
}

function workingFolders({ facts }: HostPlan): readonly HostConfigurationLine[] {
  return [
    line(
      `spool-path=${oneLine('spoolDirectory', facts.spoolDirectory)}`,
      'Where asynchronous archiving notes what has arrived.',
    ),
    line(
      `lock-path=${facts.spoolDirectory}/lock`,
      'Locks keep two runs apart; the default lies in /tmp, which is cleaned.',
    ),
    line(
      'log-level-file=off',
      "What fails stands in PostgreSQL's log, by way of archive_command; set it to detail to search for a cause.",
    ),
    line('log-level-console=warn'),
  ];
}
