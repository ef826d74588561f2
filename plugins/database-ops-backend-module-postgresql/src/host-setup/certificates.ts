import { isIP } from 'node:net';
import { HostConfigurationSection } from 'backstage-plugin-database-ops-node';
import { line, oneLine, shellQuoted } from './lines';
import { HostPlan } from './place';

const KEY = '-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -sha256';
/** Long enough to be renewed by hand, short enough to be known to expire. */
const LEAF_DAYS = 825;
const AUTHORITY_DAYS = 3650;

/** An authority of one's own, a certificate for the database host, one for the worker. */
export function certificateSections({
  database,
  pgbackrest,
  host,
  files,
  facts,
}: HostPlan): readonly HostConfigurationSection[] {
  const names = [
    ...new Set([host.host, ...database.config.members.map(each => each.host)]),
  ].map(name => oneLine('A host name', name));
  const account = shellQuoted(facts.account);
  return [
    {
      id: 'certificates',
      title: 'Certificates',
      kind: 'shell',
      target: 'any machine that you trust with the key of the authority',
      lines: [
        line(
          'PKI=${PKI:-./database-ops-pki}; umask 077; mkdir -p "$PKI"',
          'Keys stay in this folder, which only you can read. Skip this section where certificates come from elsewhere.',
        ),
        line(
          `openssl req -new ${KEY} -subj '/CN=database-ops' -keyout "$PKI/ca.key" -out "$PKI/ca.csr"`,
          'An authority of its own: whatever else your authorities sign then opens neither the database nor pgBackRest.',
        ),
        line(
          `printf 'basicConstraints=critical,CA:TRUE\\nkeyUsage=critical,keyCertSign,cRLSign\\nsubjectKeyIdentifier=hash\\n' > "$PKI/ca.ext"`,
        ),
        line(
          `openssl x509 -req -in "$PKI/ca.csr" -signkey "$PKI/ca.key" -days ${AUTHORITY_DAYS} -sha256 -extfile "$PKI/ca.ext" -out "$PKI/ca.crt"`,
        ),
        ...leaf('server', host.host, {
          usage: 'serverAuth',
          alternatives: names.flatMap(name =>
            isIP(name) ? [`DNS:${name}`, `IP:${name}`] : [`DNS:${name}`],
          ),
          why: `For PostgreSQL and for pgBackRest's server. pgBackRest looks for the name that it connects to among the DNS names, also where that is an address.`,
        }),
        ...leaf('worker', facts.workerName, {
          usage: 'clientAuth',
          alternatives: [`DNS:${facts.workerName}`],
          why: `The worker shows this one; its common name '${facts.workerName}' is what tls-server-auth lets in.`,
        }),
      ],
    },
    {
      id: 'install-server-certificate',
      title: 'Certificate of the database host',
      kind: 'shell',
      target: `the database host (${host.host}), as root`,
      lines: [
        line(
          `PKI=\${PKI:-./database-ops-pki}; install -d -m 755 ${shellQuoted(files.folder)}`,
        ),
        line(
          `install -m 644 "$PKI/ca.crt" ${shellQuoted(files.caFile)} && install -m 644 "$PKI/server.crt" ${shellQuoted(files.certFile)}`,
        ),
        line(
          `install -m 600 -o ${account} "$PKI/server.key" ${shellQuoted(files.keyFile)}`,
          `Both servers run as ${facts.account} and refuse a key that others can read.`,
        ),
      ],
    },
    {
      id: 'install-worker-certificate',
      title: 'Certificate of the worker',
      kind: 'shell',
      target: 'the machine of the worker, as the account that runs the portal',
      lines: [
        line(
          `PKI=\${PKI:-./database-ops-pki}; install -D -m 644 "$PKI/ca.crt" ${shellQuoted(pgbackrest.caFile)} && install -D -m 644 "$PKI/worker.crt" ${shellQuoted(pgbackrest.certFile)}`,
          "Where the portal's configuration says that they are.",
        ),
        line(
          `install -D -m 600 "$PKI/worker.key" ${shellQuoted(pgbackrest.keyFile)}`,
          'pgBackRest refuses a key that others can read.',
        ),
      ],
    },
  ];
}

function leaf(
  file: string,
  commonName: string,
  options: {
    readonly usage: string;
    readonly alternatives: readonly string[];
    readonly why: string;
  },
) {
  const extensions = [
    'basicConstraints=critical,CA:FALSE',
    `extendedKeyUsage=${options.usage}`,
    `subjectAltName=${options.alternatives.join(',')}`,
  ]
    .map(text => shellQuoted(text))
    .join(' ');
  return [
    line(
      `openssl req -new ${KEY} -subj ${shellQuoted(`/CN=${commonName}`)} -keyout "$PKI/${file}.key" -out "$PKI/${file}.csr"`,
      options.why,
    ),
    line(`printf '%s\\n' ${extensions} > "$PKI/${file}.ext"`),
    line(
      `openssl x509 -req -in "$PKI/${file}.csr" -CA "$PKI/ca.crt" -CAkey "$PKI/ca.key" -CAcreateserial -days ${LEAF_DAYS} -sha256 -extfile "$PKI/${file}.ext" -out "$PKI/${file}.crt"`,
    ),
  ];
}
