// Which metrics an expression reads, by Prometheus' own grammar.
import { parser } from '@prometheus-io/lezer-promql';

/** Grafana's variables as values that parse. */
export function withoutVariables(expression) {
  return expression
    .replace(/\[\$__\w+\]/g, '[5m]')
    .replace(/\$\{?(\w+)(?::\w+)?\}?/g, 'variable');
}

/** @throws Error when the expression is not PromQL. */
export function metricNames(expression) {
  const names = new Set();
  parser.parse(expression).iterate({
    enter(node) {
      if (node.type.isError) {
        throw new Error(
          `not PromQL at character ${node.from}: ${expression.trim()}`,
        );
      }
      if (node.name === 'VectorSelector') {
        const identifier = node.node.getChild('Identifier');
        if (identifier) {
          names.add(expression.slice(identifier.from, identifier.to));
        }
      }
    },
  });
  return names;
}
