// Brings a machine to where the demo, the tests and the fleet run. Idempotent:
// what is there is left alone. As root on Debian and its relatives it installs
// system packages; otherwise it uses what is on PATH and lists what is missing.
import {
  canInstall,
  installPackages,
  isInstallable,
} from './lib/setup/apt.mjs';
import { runStep, SetupError } from './lib/setup/steps.mjs';
import { missingRequirements } from './lib/setup/system.mjs';
import {
  jars,
  moto,
  nodeAndYarn,
  patroni,
  seaweed,
  techdocs,
} from './lib/setup/toolchain.mjs';
import { workspace } from './lib/setup/workspace.mjs';

const systemPackages = {
  name: 'system packages',
  isDone: async () => missingRequirements().every(isTolerable),
  run: async () => {
    const missing = missingRequirements().filter(isInstallable);
    if (!canInstall()) {
      printMissing(missing);
      const packages = missing.flatMap(({ packages }) => packages);
      throw new SetupError(
        'Programs of the operating system are missing, and only root on a system with apt-get can install them here; nothing was changed',
        `sudo apt-get install ${packages.join(' ')}`,
      );
    }
    await installPackages(missing.flatMap(({ packages }) => packages));
    const left = missingRequirements().filter(item => !isTolerable(item));
    if (left.length > 0) {
      printMissing(left);
      throw new SetupError(
        'These programs are still missing after apt-get installed its packages',
        `apt-cache policy ${left.flatMap(({ packages }) => packages).join(' ')}`,
      );
    }
  },
};

/** Only the browser tests want Chromium, and not every system packages it. */
function isTolerable(requirement) {
  return (
    requirement.onlyForBrowserTests === true &&
    !(canInstall() && isInstallable(requirement))
  );
}

function printMissing(missing) {
  console.log(
    `\n  ${'missing'.padEnd(46)}${'Debian, Ubuntu'.padEnd(34)}elsewhere`,
  );
  for (const { what, packages, elsewhere } of missing) {
    console.log(
      `  ${what.padEnd(46)}${packages.join(' ').padEnd(34)}${elsewhere}`,
    );
  }
  console.log();
}

/** All are awaited, so that a failure leaves nothing running behind it. */
async function together(...work) {
  const outcomes = await Promise.allSettled(work);
  const failed = outcomes.find(({ status }) => status === 'rejected');
  if (failed) throw failed.reason;
}

const startedAt = Date.now();
try {
  await runStep(systemPackages);
  await together(
    runStep(nodeAndYarn).then(() => runStep(workspace)),
    runStep(seaweed)
      .then(() => runStep(techdocs))
      .then(() => runStep(moto))
      .then(() => runStep(patroni)),
    runStep(jars('kafka', 'Kafka')).then(() =>
      runStep(jars('zookeeper', 'ZooKeeper')),
    ),
  );
  for (const { what, elsewhere } of missingRequirements()) {
    console.log(`! without ${what}; get it from ${elsewhere}`);
  }
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
  console.log(`✓ set-up complete in ${seconds} s`);
} catch (error) {
  console.error(`\n✗ ${error.message}`);
  if (error instanceof SetupError && error.help) {
    console.error(`\n  try: ${error.help}`);
  }
  if (!(error instanceof SetupError)) console.error(error.stack);
  process.exit(1);
}
