// The packages of this repository, by Yarn, from the lock file as it is.
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  nodeBinary,
  repositoryRoot,
  toolEnvironment,
  yarnScript,
} from '../tools.mjs';
import { hashOf, hasStamp, runLogged, writeStamp } from './steps.mjs';

/** Everything that decides what an installation holds. */
async function inputs() {
  const files = ['package.json', 'yarn.lock', '.yarnrc.yml'];
  for (const group of ['packages', 'plugins']) {
    for (const name of (await readdir(join(repositoryRoot, group))).sort()) {
      const file = join(group, name, 'package.json');
      if (existsSync(join(repositoryRoot, file))) files.push(file);
    }
  }
  const texts = files.map(file => readFile(join(repositoryRoot, file), 'utf8'));
  return hashOf(nodeBinary(), ...files, ...(await Promise.all(texts)));
}

export const workspace = {
  name: 'packages of this repository (yarn install)',
  isDone: async () =>
    existsSync(join(repositoryRoot, 'node_modules', '.yarn-state.yml')) &&
    (await hasStamp('yarn-install', await inputs())),
  run: async () => {
    const env = toolEnvironment();
    await runLogged(
      'yarn-install',
      nodeBinary(),
      [yarnScript, 'install', '--immutable'],
      {
        cwd: repositoryRoot,
        env,
        shownEnvironment: {
          PATH: env.PATH.split(':')[0].concat(':$PATH'),
          ...(env.npm_config_nodedir && {
            npm_config_nodedir: env.npm_config_nodedir,
          }),
        },
      },
    );
    await writeStamp('yarn-install', await inputs());
  },
};
