import { constants, existsSync } from 'node:fs';
import { access, readdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { NotFoundError } from '@backstage/errors';
import { hasCode } from './paths';

/** Names under which systems install the same tool. */
const ALIASES: Readonly<Record<string, readonly string[]>> = {
  alertmanager: ['prometheus-alertmanager', 'alertmanager'],
  'postgres-exporter': ['prometheus-postgres-exporter', 'postgres_exporter'],
};

const PACKAGES: Readonly<Record<string, string>> = {
  weed: 'it comes with the set-up',
  java: 'install a Java runtime, version 17 or later',
  keytool: 'install a Java runtime, version 17 or later',
};

/** Debian keeps PostgreSQL's server programs out of PATH, by version. */
async function postgresqlFolders(): Promise<string[]> {
  const root = '/usr/lib/postgresql';
  if (!existsSync(root)) {
    return [];
  }
  const versions = (await readdir(root)).filter(name => /^\d+$/.test(name));
  return versions
    .sort((a, b) => Number(b) - Number(a))
    .map(version => join(root, version, 'bin'))
    .filter(folder => existsSync(join(folder, 'initdb')));
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch (error) {
    if (['ENOENT', 'EACCES', 'ENOTDIR'].some(code => hasCode(error, code))) {
      return false;
    }
    throw error;
  }
}

/** Finds programs that set-up installed or that the system has. */
export class Toolbox {
  readonly #root: string;
  readonly #found = new Map<string, string>();

  constructor(root: string) {
    this.#root = root;
  }

  async tool(name: string): Promise<string> {
    const known = this.#found.get(name);
    if (known) {
      return known;
    }
    // PostgreSQL's own folders come first: Debian's wrappers in /usr/bin look for clusters in /etc.
    const folders = [
      join(this.#root, '.tools', 'bin'),
      join(this.#root, '.tools', 'python', 'bin'),
      ...(await postgresqlFolders()),
      ...(process.env.PATH ?? '').split(delimiter).filter(Boolean),
      '/usr/local/sbin',
      '/usr/sbin',
      '/sbin',
    ];
    for (const candidate of ALIASES[name] ?? [name]) {
      for (const folder of folders) {
        const path = join(folder, candidate);
        if (await isExecutable(path)) {
          this.#found.set(name, path);
          return path;
        }
      }
    }
    throw new NotFoundError(
      `The program ${name} is not here (${
        PACKAGES[name] ?? 'it comes with a package of this system'
      }); run: node scripts/setup.mjs`,
    );
  }

  /** Every jar of a Java server, as the JVM's own wildcard. */
  async classPath(name: string): Promise<string> {
    const folder = join(this.#root, '.tools', name);
    if (!existsSync(folder)) {
      throw new NotFoundError(
        `The folder ${folder} with the jars of ${name} is not here; run: node scripts/setup.mjs`,
      );
    }
    return join(folder, '*');
  }
}
