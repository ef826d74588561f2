// The programs this repository takes from the operating system.
import { execFileSync } from 'node:child_process';
import {
  accessSync,
  constants,
  existsSync,
  readdirSync,
  readFileSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';

/** A PostgreSQL's own programs lie outside PATH on Debian and its relatives. */
function postgresqlFolders() {
  const root = '/usr/lib/postgresql';
  return existsSync(root)
    ? readdirSync(root).map(version => join(root, version, 'bin'))
    : [];
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch (error) {
    if (['ENOENT', 'EACCES', 'ENOTDIR'].includes(error.code)) return false;
    throw error;
  }
}

export function findProgram(...names) {
  const folders = [
    ...(process.env.PATH ?? '').split(delimiter).filter(Boolean),
    '/usr/sbin',
    '/sbin',
    ...postgresqlFolders(),
  ];
  return names
    .flatMap(name => folders.map(folder => join(folder, name)))
    .find(isExecutable);
}

const programs =
  (...names) =>
  () =>
    names.every(name => findProgram(...name.split('|')));

function hasJava17() {
  const java = findProgram('java');
  if (!java || !findProgram('keytool')) return false;
  try {
    const text = execFileSync(java, ['--version'], { encoding: 'utf8' });
    return Number(/\b(\d+)[.\s]/.exec(text)?.[1]) >= 17;
  } catch (error) {
    // macOS has a java that only says there is none; Java 8 does not know --version.
    if (typeof error.status === 'number') return false;
    throw error;
  }
}

/** A Python that can make virtual environments, the system's own first. */
export function findPython() {
  const candidates = ['/usr/bin/python3', findProgram('python3')];
  return candidates.find(python => {
    if (!python || !isExecutable(python)) return false;
    try {
      execFileSync(python, ['-c', 'import venv, ensurepip'], {
        stdio: 'ignore',
      });
      return true;
    } catch (error) {
      if (typeof error.status === 'number') return false;
      throw error;
    }
  });
}

/**
 * A snap's stand-in for Chromium is a script that asks for snapd: it is there
 * and cannot run.
 */
function hasChromium() {
  const file = findProgram('chromium', 'chromium-browser', 'google-chrome');
  if (!file) return process.platform === 'darwin';
  return !readFileSync(file)
    .subarray(0, 4096)
    .toString()
    .includes('snap install');
}

/**
 * What must be there: how to see it, the Debian packages that bring it, and
 * how to get it elsewhere.
 */
export const REQUIREMENTS = [
  {
    what: 'PostgreSQL 15 or later (server and client)',
    isThere: programs('postgres', 'initdb', 'pg_basebackup', 'psql'),
    packages: ['postgresql', 'postgresql-contrib'],
    elsewhere: 'postgresql.org/download',
  },
  {
    what: 'pgBackRest',
    isThere: programs('pgbackrest'),
    packages: ['pgbackrest'],
    elsewhere: 'pgbackrest.org',
  },
  {
    what: 'Redis 7 (redis-server, redis-cli)',
    isThere: programs('redis-server', 'redis-cli'),
    packages: ['redis-server', 'redis-tools'],
    elsewhere: 'redis.io',
  },
  {
    what: 'Prometheus and promtool',
    isThere: programs('prometheus', 'promtool'),
    packages: ['prometheus'],
    elsewhere: 'prometheus.io/download',
  },
  {
    what: 'Alertmanager and amtool',
    isThere: programs('prometheus-alertmanager|alertmanager', 'amtool'),
    packages: ['prometheus-alertmanager'],
    elsewhere: 'prometheus.io/download',
  },
  {
    what: 'PostgreSQL exporter',
    isThere: programs('prometheus-postgres-exporter|postgres_exporter'),
    packages: ['prometheus-postgres-exporter'],
    elsewhere: 'github.com/prometheus-community/postgres_exporter',
  },
  {
    what: 'OpenSSL',
    isThere: programs('openssl'),
    packages: ['openssl'],
    elsewhere: 'openssl.org',
  },
  {
    what: 'Java runtime 17 or later (java, keytool)',
    isThere: hasJava17,
    packages: ['default-jre-headless'],
    elsewhere: 'adoptium.net',
  },
  {
    what: 'Maven',
    isThere: programs('mvn'),
    packages: ['maven'],
    elsewhere: 'maven.apache.org',
  },
  {
    what: 'Python 3 with venv',
    isThere: () => findPython() !== undefined,
    packages: ['python3', 'python3-venv'],
    elsewhere: 'python.org',
  },
  {
    what: 'kcat (Kafka shell)',
    isThere: programs('kcat'),
    packages: ['kcat'],
    elsewhere: 'github.com/edenhill/kcat',
  },
  {
    what: 'make and a C++ compiler (better-sqlite3)',
    isThere: programs('make', 'g++|clang++|c++'),
    packages: ['make', 'g++'],
    elsewhere: 'xcode-select --install',
  },
  {
    what: 'setpriv (util-linux)',
    isThere: () =>
      process.platform !== 'linux' || findProgram('setpriv') !== undefined,
    packages: ['util-linux'],
    elsewhere: 'util-linux',
  },
  {
    what: 'Chromium (browser tests only)',
    isThere: hasChromium,
    packages: ['chromium'],
    elsewhere: 'google.com/chrome or chromium.org',
    onlyForBrowserTests: true,
  },
];

export function missingRequirements() {
  return REQUIREMENTS.filter(requirement => !requirement.isThere());
}

/** `debian`, `ubuntu` or another id of /etc/os-release; undefined elsewhere. */
export function distribution() {
  if (!existsSync('/etc/os-release')) return undefined;
  const text = readFileSync('/etc/os-release', 'utf8');
  return /^ID="?([a-z]+)"?$/m.exec(text)?.[1];
}
