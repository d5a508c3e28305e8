// Reads a line of JSON, {"expr"}, and says what the expression is made of, {"metrics", "labels"}, by Prometheus' own grammar; or {"error"}.
import { createInterface } from 'node:readline';
import { parser } from '@prometheus-io/lezer-promql';

function read(expr) {
  const metrics = new Set();
  const labels = new Set();
  let error = null;
  parser.parse(expr).iterate({
    enter(node) {
      const text = expr.slice(node.from, node.to);
      if (node.type.isError) error ??= `a syntax error at “${expr.slice(node.from, node.from + 30)}”`;
      if (node.name === 'Identifier' && node.node.parent.name === 'VectorSelector') metrics.add(text);
      if (node.name === 'LabelName') labels.add(text);
    },
  });
  return error ? { error } : { metrics: [...metrics], labels: [...labels] };
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(read(JSON.parse(line).expr)));
}
