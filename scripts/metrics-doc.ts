/**
 * Writes the table of metrics in docs/METRICS.md from src/api/metrics/definitions.ts.
 *
 *   node scripts/metrics-doc.ts            writes it
 *   node scripts/metrics-doc.ts --check    fails when it differs
 */
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { metricDefinitions } from '../src/api/metrics/definitions.ts';

export const metricsFile = path.resolve(import.meta.dirname, '../docs/METRICS.md');

const begin =
  '<!-- Written by scripts/metrics-doc.ts from src/api/metrics/definitions.ts; change it there. -->';
const end = '<!-- The end of what is written. -->';

/** The document with the table as it has to be. */
export function withMetrics(document: string): string {
  const [before, rest] = document.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined)
    throw new Error(`${metricsFile} has no place for the table`);
  return `${before}${begin}\n\n${table()}\n\n${end}${after}`;
}

function table(): string {
  const rows = metricDefinitions.map(({ name, labels, help }) => {
    const given = labels.map((label) => `\`${label}\``).join(' ');
    return `| \`holdfast_${name}\` | ${given} | ${help} |`;
  });
  return ['| Metric | Labels | Meaning |', '|---|---|---|', ...rows].join('\n');
}

if (import.meta.main) {
  const written = await fs.readFile(metricsFile, 'utf8');
  const wanted = withMetrics(written);
  if (!process.argv.includes('--check')) await fs.writeFile(metricsFile, wanted);
  else if (wanted !== written) {
    console.error('docs/METRICS.md differs from the definitions: node scripts/metrics-doc.ts');
    process.exitCode = 1;
  }
}
