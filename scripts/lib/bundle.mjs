// Builds the portal (app and backend) and unpacks its bundle below the
// repository, so that it runs from built files without a second install:
// workspace packages are linked to their unpacked, built selves, everything
// else resolves upwards to the repository's node_modules.
import { createHash } from 'node:crypto';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import {
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import {
  nodeBinary,
  repositoryRoot,
  toolEnvironment,
  yarnScript,
} from './tools.mjs';

const run = promisify(execFile);
const bundlesFolder = join(repositoryRoot, 'dist-prod');
const SKIPPED = new Set([
  'node_modules',
  'dist',
  'dist-types',
  'coverage',
  'e2e-tests',
]);
/** Neither tests nor reports go into a bundle. */
const NO_SOURCE = /(\.test\.tsx?|\.md)$/;
const KEPT_BUNDLES = 2;
const LOG_TAIL_LINES = 30;

async function sourceFiles(folder) {
  const found = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (!SKIPPED.has(entry.name)) {
        found.push(...(await sourceFiles(path)));
      }
    } else if (!NO_SOURCE.test(entry.name)) {
      found.push(path);
    }
  }
  return found;
}

/** A digest over everything the bundle is made of. */
async function sourceDigest() {
  const files = [
    join(repositoryRoot, 'package.json'),
    join(repositoryRoot, 'yarn.lock'),
    join(repositoryRoot, 'app-config.yaml'),
    ...(await sourceFiles(join(repositoryRoot, 'packages', 'app'))),
    ...(await sourceFiles(join(repositoryRoot, 'packages', 'backend'))),
    ...(await sourceFiles(join(repositoryRoot, 'plugins'))),
  ].sort();
  const digest = createHash('sha256');
  for (const file of files) {
    digest.update(`${relative(repositoryRoot, file)}\0`);
    digest.update(await readFile(file));
  }
  return digest.digest('hex').slice(0, 16);
}

/** Links each unpacked workspace package, and its own node_modules where Yarn could not hoist. */
async function linkPackages(folder) {
  const modules = join(folder, 'node_modules');
  for (const group of ['packages', 'plugins']) {
    for (const name of await readdir(join(folder, group))) {
      const unpacked = join(folder, group, name);
      const manifest = JSON.parse(
        await readFile(join(unpacked, 'package.json'), 'utf8'),
      );
      const link = join(modules, manifest.name);
      await mkdir(dirname(link), { recursive: true });
      await symlink(relative(dirname(link), unpacked), link);
      const own = join(repositoryRoot, group, name, 'node_modules');
      if (existsSync(own)) {
        await symlink(own, join(unpacked, 'node_modules'));
      }
    }
  }
}

async function unpack(folder) {
  const scratch = `${folder}.${process.pid}`;
  await rm(scratch, { recursive: true, force: true });
  await mkdir(scratch, { recursive: true });
  await run('tar', [
    'xzf',
    join(repositoryRoot, 'packages/backend/dist/bundle.tar.gz'),
    '-C',
    scratch,
  ]);
  await linkPackages(scratch);
  await rename(scratch, folder);
}

async function removeOldBundles() {
  const bundles = await Promise.all(
    (await readdir(bundlesFolder, { withFileTypes: true }))
      .filter(entry => entry.isDirectory() && entry.name !== 'lock')
      .map(async entry => {
        const path = join(bundlesFolder, entry.name);
        return { path, usedAt: (await stat(path)).mtimeMs };
      }),
  );
  bundles.sort((a, b) => b.usedAt - a.usedAt);
  for (const { path } of bundles.slice(KEPT_BUNDLES)) {
    await rm(path, { recursive: true, force: true });
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** One build at a time: builds share each package's dist folder. */
async function withBuildLock(work) {
  const lock = join(bundlesFolder, 'lock');
  const holder = join(lock, 'pid');
  await mkdir(bundlesFolder, { recursive: true });
  for (;;) {
    try {
      await mkdir(lock);
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') {
        throw error;
      }
      const pid = existsSync(holder)
        ? Number(await readFile(holder, 'utf8'))
        : undefined;
      const ageMs = existsSync(lock)
        ? Date.now() - (await stat(lock)).mtimeMs
        : 0;
      if (pid ? !isAlive(pid) : ageMs > 5000) {
        await rm(lock, { recursive: true, force: true });
      } else {
        await new Promise(resolve => setTimeout(resolve, 500));
      }
    }
  }
  await writeFile(holder, String(process.pid));
  try {
    return await work();
  } finally {
    await rm(lock, { recursive: true, force: true });
  }
}

/** Unpacks what `yarn build:all` has just made, which else would be built once more. */
export async function adoptBuild() {
  await withBuildLock(async () => {
    const folder = join(bundlesFolder, await sourceDigest());
    if (!existsSync(folder)) {
      await unpack(folder);
      await removeOldBundles();
    }
  });
}

/**
 * The unpacked bundle of the sources as they are; built only when they changed.
 *
 * @param {{ log?: (message: string) => void }} [options]
 */
export async function preparePortal({ log = () => {} } = {}) {
  return withBuildLock(async () => {
    const folder = join(bundlesFolder, await sourceDigest());
    if (existsSync(folder)) {
      await utimes(folder, new Date(), new Date());
      return folder;
    }
    log('Building the portal: its sources changed, or it was never built');
    try {
      await run(nodeBinary(), [yarnScript, 'workspace', 'backend', 'build'], {
        cwd: repositoryRoot,
        env: toolEnvironment(),
        maxBuffer: 64 * 1024 * 1024,
      });
    } catch (error) {
      const lines = `${error.stdout ?? ''}${error.stderr ?? error.message}`
        .trimEnd()
        .split('\n')
        // Sizes of the app's files, hundreds of them.
        .filter(line => !/\d B\s/.test(line) && !line.includes('/static/'));
      throw new Error(
        `The portal could not be built; run: yarn workspace backend build\n${lines.slice(-LOG_TAIL_LINES).join('\n')}`,
      );
    }
    await unpack(folder);
    await removeOldBundles();
    return folder;
  });
}
