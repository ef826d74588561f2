// A rule or panel that reads a metric nobody exports is silent forever, and no
// other check notices.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { metricNames, withoutVariables } from './metricNames.mjs';

const SEVERITIES = ['critical', 'warning', 'info'];

/**
 * The names this project exports, from the code that exports them: files whose
 * names say that they hold metrics. A histogram is three series.
 */
function ownMetrics(root) {
  const sources = join(root, 'plugins/database-ops-backend/src');
  const names = readdirSync(sources, { recursive: true })
    .filter(file => /(Metrics|Durations)\.ts$/.test(file))
    .flatMap(file =>
      [
        ...readFileSync(join(sources, file), 'utf8').matchAll(
          /'(database_ops_\w+)'/g,
        ),
      ].map(([, name]) => name),
    );
  return names.flatMap(name => [
    name,
    ...['_bucket', '_count', '_sum'].map(suffix => `${name}${suffix}`),
  ]);
}

function readRules(folder) {
  return readdirSync(folder)
    .filter(file => file.endsWith('.yml'))
    .flatMap(file =>
      parse(readFileSync(join(folder, file), 'utf8')).groups.flatMap(group =>
        group.rules.map(rule => ({ file, rule })),
      ),
    );
}

function readPanels(folder) {
  return readdirSync(folder)
    .filter(file => file.endsWith('.json'))
    .flatMap(file =>
      JSON.parse(readFileSync(join(folder, file), 'utf8')).panels.flatMap(
        panel =>
          (panel.targets ?? []).map(target => ({
            where: `${file}: panel '${panel.title}'`,
            expression: withoutVariables(target.expr),
          })),
      ),
    );
}

/** What is wrong, a sentence each. */
export function lint(root) {
  const problems = [];
  const rules = readRules(join(root, 'monitoring/rules'));
  const exported = JSON.parse(
    readFileSync(join(root, 'monitoring/lint/exporter-metrics.json'), 'utf8'),
  );
  const known = new Set([
    ...Object.values(exported).flat(),
    ...ownMetrics(root),
  ]);
  const recorded = new Set(
    rules.flatMap(({ rule }) => (rule.record ? [rule.record] : [])),
  );
  const read = new Set();

  const check = (where, expression, allowed, hint) => {
    let names;
    try {
      names = metricNames(expression);
    } catch (error) {
      problems.push(`${where} is ${error.message}`);
      return;
    }
    for (const name of names) {
      read.add(name);
      if (!allowed(name)) {
        problems.push(`${where} reads '${name}', ${hint}`);
      }
    }
  };

  for (const { file, rule } of rules) {
    if (rule.record) {
      check(
        `${file}: '${rule.record}'`,
        rule.expr,
        name => known.has(name) || recorded.has(name),
        'which no exporter in monitoring/lint/exporter-metrics.json and no rule gives',
      );
      continue;
    }
    check(
      `${file}: ${rule.alert}`,
      rule.expr,
      name => recorded.has(name) || name === 'up',
      'which is not recorded; alerts read recorded names only',
    );
    problems.push(...alertProblems(root, file, rule));
  }
  for (const { where, expression } of readPanels(
    join(root, 'monitoring/dashboards'),
  )) {
    check(
      where,
      expression,
      name => recorded.has(name),
      'which is not recorded; panels read recorded names only',
    );
  }
  for (const name of recorded) {
    if (!read.has(name)) {
      problems.push(
        `'${name}' is recorded, but no alert, panel or rule reads it`,
      );
    }
  }
  return problems;
}

function alertProblems(root, file, rule) {
  const where = `${file}: ${rule.alert}`;
  const { summary, description, runbook_url: runbook } = rule.annotations ?? {};
  const page = `docs/runbooks/${rule.alert}.md`;
  return [
    ...(SEVERITIES.includes(rule.labels?.severity)
      ? []
      : [`${where} has no severity out of ${SEVERITIES.join(', ')}`]),
    ...(summary && description
      ? []
      : [`${where} lacks summary or description`]),
    ...(runbook?.endsWith(`/runbooks/${rule.alert}/`)
      ? []
      : [`${where} does not link to its runbook`]),
    ...(existsSync(join(root, page)) ? [] : [`${where} has no page ${page}`]),
  ];
}
