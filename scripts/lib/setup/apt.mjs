// Installs Debian packages without letting them start services or make a
// database cluster: the fleet brings its own servers on its own ports.
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { runLogged } from './steps.mjs';
import { distribution, findProgram } from './system.mjs';

export function canInstall() {
  return process.getuid?.() === 0 && findProgram('apt-get') !== undefined;
}

/** Ubuntu's chromium package is a stand-in that installs a snap; no snap runs here without snapd. */
export function isInstallable(requirement) {
  return !(requirement.onlyForBrowserTests && distribution() === 'ubuntu');
}

const POLICY_FILE = '/usr/sbin/policy-rc.d';
const CLUSTER_FILE = '/etc/postgresql-common/createcluster.d/local-fleet.conf';

export async function installPackages(packages) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const shown = {
    env,
    shownEnvironment: { DEBIAN_FRONTEND: 'noninteractive' },
  };
  const before = installedUnits();
  const restore = forbidServices();
  // An interrupted installation must not leave the prohibitions behind.
  const interrupted = () => {
    restore();
    process.exit(1);
  };
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  try {
    await runLogged('apt-update', 'apt-get', ['update'], shown);
    await runLogged(
      'apt-install',
      'apt-get',
      ['install', '--yes', '--no-install-recommends', ...packages],
      shown,
    );
  } finally {
    restore();
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
  }
  disableUnits([...installedUnits()].filter(unit => !before.has(unit)));
}

/** Returns what takes the prohibitions back; an administrator's own policy is left alone. */
function forbidServices() {
  const made = [];
  const write = (file, content, mode) => {
    if (existsSync(file)) return;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content, { mode });
    made.push(file);
  };
  // 101: the action is forbidden by policy (invoke-rc.d(8)).
  write(POLICY_FILE, '#!/bin/sh\nexit 101\n', 0o755);
  write(CLUSTER_FILE, 'create_main_cluster = false\n', 0o644);
  return () => {
    for (const file of made) rmSync(file, { force: true });
    const folder = dirname(CLUSTER_FILE);
    if (existsSync(folder) && readdirSync(folder).length === 0) {
      rmdirSync(folder);
    }
  };
}

const UNIT_FOLDER = '/lib/systemd/system';
const UNITS = /^(redis-server|postgresql|prometheus[\w-]*)\.service$/;

function installedUnits() {
  return new Set(
    existsSync(UNIT_FOLDER)
      ? readdirSync(UNIT_FOLDER).filter(name => UNITS.test(name))
      : [],
  );
}

/** Packages enable their services for the next boot, whatever the policy says. */
function disableUnits(units) {
  const systemctl = findProgram('systemctl');
  if (units.length === 0 || !systemctl) return;
  if (!existsSync(join('/run', 'systemd', 'system'))) return;
  execFileSync(systemctl, ['disable', '--quiet', ...units], {
    stdio: 'ignore',
  });
}
