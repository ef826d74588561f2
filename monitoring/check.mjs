// Checks everything in monitoring/: rules by promtool (syntax and behaviour),
// Alertmanager's example by amtool, metric names by our own lint.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lint } from './lint/lint.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

function filesIn(folder) {
  return readdirSync(join(root, folder))
    .filter(file => file.endsWith('.yml'))
    .map(file => join(folder, file));
}

function run(tool, debianPackage, ...args) {
  const { error, status } = spawnSync(tool, args, {
    cwd: root,
    stdio: 'inherit',
  });
  if (error) {
    console.error(
      `${tool} cannot be started (${error.message}). Debian has it: apt-get install ${debianPackage}`,
    );
  }
  return status === 0;
}

const passed = [
  run(
    'promtool',
    'prometheus',
    'check',
    'rules',
    ...filesIn('monitoring/rules'),
  ),
  run(
    'promtool',
    'prometheus',
    'test',
    'rules',
    ...filesIn('monitoring/rules/tests'),
  ),
  run(
    'amtool',
    'prometheus-alertmanager',
    'check-config',
    'monitoring/alertmanager/alertmanager.yml',
  ),
];

const problems = lint(root);
for (const problem of problems) {
  console.error(problem);
}
console.log(
  problems.length === 0
    ? 'Every metric that a rule or panel reads is exported, every alert has its runbook.'
    : `${problems.length} problems in rules and panels.`,
);
process.exitCode = passed.every(Boolean) && problems.length === 0 ? 0 : 1;
