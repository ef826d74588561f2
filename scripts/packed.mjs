// Proves the published packages: their `yarn pack` tarballs, installed in a
// portal outside the workspace, show one database in the new and in the legacy
// frontend system. Needs `yarn tsc` and `yarn build:all` before.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { closeSync, openSync } from 'node:fs';
import {
  copyFile,
  cp,
  mkdtemp,
  readFile,
  readdir,
  rm,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './lib/portal.mjs';
import { run } from './lib/run.mjs';
import { startTestPostgres } from './lib/testPostgres.mjs';
import {
  nodeBinary,
  repositoryRoot,
  toolEnvironment,
  yarnScript,
} from './lib/tools.mjs';

const START_SECONDS = 120;
const PAGE_MS = 60_000;
const DATABASE_TITLE = 'Scratch database';

const folder = await mkdtemp(join(tmpdir(), 'database-ops-packed-'));
const keep = process.argv.includes('--keep');

async function packageFolders() {
  const names = await readdir(join(repositoryRoot, 'plugins'));
  return names.map(name => join(repositoryRoot, 'plugins', name));
}

async function readJson(file) {
  return JSON.parse(await readFile(file, 'utf8'));
}

function yarn(cwd, ...args) {
  return run(nodeBinary(), [yarnScript, ...args], {
    cwd,
    // The scratch portal's lock file is a start, to be completed by its install;
    // Yarn forbids that by itself where it finds a CI.
    env: { ...toolEnvironment(), YARN_ENABLE_IMMUTABLE_INSTALLS: 'false' },
  });
}

/** Tarballs by package name. */
async function pack() {
  const tarballs = {};
  for (const source of await packageFolders()) {
    const { name } = await readJson(join(source, 'package.json'));
    const tarball = join(folder, `${name}.tgz`);
    await yarn(source, 'pack', '--out', tarball);
    tarballs[name] = `file:${tarball}`;
  }
  return tarballs;
}

async function installed(name) {
  const file = join(repositoryRoot, 'node_modules', name, 'package.json');
  return (await readJson(file)).version;
}

async function dependencies(names, extra = {}) {
  const versions = {};
  for (const name of names) versions[name] = await installed(name);
  return { ...versions, ...extra };
}

async function writePackage(path, content) {
  await writeFile(
    join(folder, path, 'package.json'),
    JSON.stringify(
      { version: '0.0.0', private: true, ...content },
      undefined,
      2,
    ),
  );
}

async function writePortal(tarballs) {
  await cp(join(repositoryRoot, 'scripts', 'packed'), folder, {
    recursive: true,
  });
  // The same versions as the repository's, resolved already.
  await copyFile(join(repositoryRoot, 'yarn.lock'), join(folder, 'yarn.lock'));
  await copyFile(
    join(repositoryRoot, '.yarnrc.yml'),
    join(folder, '.yarnrc.yml'),
  );
  const root = await readJson(join(repositoryRoot, 'package.json'));
  await writePackage('.', {
    name: 'packed-portal',
    workspaces: ['packages/*'],
    resolutions: { ...root.resolutions, ...tarballs },
    dependenciesMeta: {
      ...root.dependenciesMeta,
      // PostgreSQL keeps this portal's tables: nothing to compile.
      'better-sqlite3': { built: false },
    },
  });
  const react = ['react', 'react-dom', 'react-router-dom', '@material-ui/core'];
  const frontend = {
    '@backstage/plugin-catalog': await installed('@backstage/plugin-catalog'),
    'backstage-plugin-database-ops': tarballs['backstage-plugin-database-ops'],
  };
  const devDependencies = await dependencies([
    '@backstage/cli',
    '@backstage/cli-defaults',
    '@types/react',
    '@types/react-dom',
  ]);
  await writePackage('packages/app', {
    name: 'app',
    backstage: { role: 'frontend' },
    bundled: true,
    dependencies: await dependencies(
      [
        ...react,
        '@backstage/frontend-defaults',
        '@backstage/plugin-app-react',
        '@backstage/plugin-auth',
        '@backstage/ui',
      ],
      frontend,
    ),
    devDependencies,
  });
  await writePackage('packages/app-legacy', {
    name: 'app-legacy',
    backstage: { role: 'frontend' },
    bundled: true,
    dependencies: await dependencies(
      [...react, '@backstage/core-app-api', '@backstage/core-components'],
      { ...frontend, '@backstage/app-defaults': '^1.7.12' },
    ),
    devDependencies,
  });
  const engines = Object.keys(tarballs).filter(name =>
    name.includes('-module-'),
  );
  await writePackage('packages/backend', {
    name: 'backend',
    backstage: { role: 'backend' },
    dependencies: await dependencies(
      [
        '@backstage/backend-defaults',
        '@backstage/plugin-app-backend',
        '@backstage/plugin-auth-backend',
        '@backstage/plugin-catalog-backend',
        'pg',
      ],
      {
        app: 'workspace:*',
        'app-legacy': 'workspace:*',
        '@backstage/plugin-auth-backend-module-guest-provider': '^0.2.23',
        ...Object.fromEntries(
          ['backstage-plugin-database-ops-backend', ...engines].map(name => [
            name,
            tarballs[name],
          ]),
        ),
      },
    ),
  });
}

async function writeConfiguration(postgresUrl, frontend, port) {
  const database = new URL(postgresUrl);
  const url = `http://127.0.0.1:${port}`;
  const file = join(folder, `app-config.${frontend}.yaml`);
  const connection = {
    host: database.hostname,
    port: Number(database.port),
    user: database.username,
  };
  const content = {
    app: {
      title: 'Packed',
      baseUrl: url,
      packages: 'all',
      packageName: frontend,
    },
    organization: { name: 'Packed' },
    backend: {
      baseUrl: url,
      listen: { host: '127.0.0.1', port },
      csp: { 'upgrade-insecure-requests': false },
      database: { client: 'pg', connection },
      auth: { externalAccess: [] },
    },
    auth: {
      environment: 'development',
      providers: { guest: { dangerouslyAllowOutsideDevelopment: true } },
    },
    catalog: {
      rules: [{ allow: ['Resource', 'Location'] }],
      locations: [{ type: 'file', target: join(folder, 'catalog.yaml') }],
    },
    databaseOps: {
      policies: { observed: {} },
      databases: {
        scratch: {
          title: DATABASE_TITLE,
          engine: 'postgresql',
          policy: 'observed',
          entity: 'resource:default/scratch',
          postgresql: {
            members: [
              {
                name: 'scratch-pg',
                host: connection.host,
                port: connection.port,
              },
            ],
            database: 'postgres',
            username: connection.user,
            password: 'not-asked-for-on-loopback',
            tls: { mode: 'disable' },
          },
        },
      },
      health: { intervalSeconds: 5 },
    },
  };
  await writeFile(file, JSON.stringify(content, undefined, 2));
  return { file, url };
}

async function withPortal(config, work) {
  const logFile = join(folder, 'portal.log');
  const log = openSync(logFile, 'a');
  const child = spawn(nodeBinary(), ['index.js', '--config', config.file], {
    cwd: join(folder, 'packages', 'backend'),
    stdio: ['ignore', log, log],
    env: { ...toolEnvironment(), NODE_ENV: 'production' },
  });
  closeSync(log);
  const ended = new Promise(resolve => child.once('exit', resolve));
  try {
    const deadline = Date.now() + START_SECONDS * 1000;
    for (;;) {
      const ready = await fetch(
        `${config.url}/.backstage/health/v1/readiness`,
      ).then(
        response => response.ok,
        () => false,
      );
      if (ready) break;
      if (Date.now() > deadline || child.exitCode !== null) {
        throw new Error(
          `The packed portal did not start; its log:\n${(await readFile(logFile, 'utf8')).slice(-4000)}`,
        );
      }
      await new Promise(resolve => setTimeout(resolve, 250));
    }
    await work();
  } finally {
    child.kill('SIGTERM');
    await Promise.race([
      ended,
      new Promise(resolve => setTimeout(resolve, 15_000)),
    ]);
    child.kill('SIGKILL');
  }
}

async function look(browser, url, frontend) {
  const page = await browser.newPage();
  const said = [];
  page.on('pageerror', error => said.push(error.message));
  page.on('console', line => line.type() === 'error' && said.push(line.text()));
  try {
    await page.goto(`${url}/catalog/default/resource/scratch/database`);
    const enter = page.getByRole('button', { name: 'Enter' });
    const title = page.getByText(DATABASE_TITLE).first();
    await enter.or(title).first().waitFor({ timeout: PAGE_MS });
    if (await enter.isVisible()) await enter.click();
    await title.waitFor({ timeout: PAGE_MS });
    // Said only by a check that reached the server.
    await page
      .getByText('scratch-pg takes writes')
      .first()
      .waitFor({ timeout: PAGE_MS });
    await page.goto(`${url}/databases`);
    const row = page.getByRole('link', { name: 'scratch', exact: true });
    await row.first().waitFor({ timeout: PAGE_MS });
    console.log(
      `${frontend}: the entity tab and the fleet page show ${DATABASE_TITLE}`,
    );
  } catch (error) {
    const screenshot = join(tmpdir(), `packed-${frontend}.png`);
    await page.screenshot({ path: screenshot });
    throw new Error(
      `${frontend}: ${error.message}; see ${screenshot}; the page said:\n${said.join('\n')}`,
    );
  } finally {
    await page.close();
  }
}

const { chromium } = createRequire(
  join(repositoryRoot, 'packages/app/package.json'),
)('playwright-core');
let postgres;
let browser;
try {
  await writePortal(await pack());
  await yarn(folder, 'install');
  for (const frontend of ['app', 'app-legacy']) {
    await yarn(
      join(folder, 'packages', frontend),
      'backstage-cli',
      'package',
      'build',
    );
  }
  postgres = await startTestPostgres(join(folder, 'postgres'));
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    args: ['--no-sandbox'],
  });
  for (const frontend of ['app', 'app-legacy']) {
    const config = await writeConfiguration(
      postgres.url,
      frontend,
      await freePort(),
    );
    await withPortal(config, () => look(browser, config.url, frontend));
  }
} finally {
  await browser?.close();
  await postgres?.stop();
  if (keep) console.log(`kept: ${folder}`);
  else await rm(folder, { recursive: true, force: true });
}
