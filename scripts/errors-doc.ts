/**
 * Writes docs/ERRORS.md from the catalogue in src/base/errors.ts.
 *
 *   node scripts/errors-doc.ts            writes it
 *   node scripts/errors-doc.ts --check    fails when it differs
 */
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { errorCatalogue, type ErrorDefinition } from '../src/base/errors.ts';

export const errorsFile = path.resolve(import.meta.dirname, '../docs/ERRORS.md');

const exitCodeMeanings: Record<number, string> = {
  0: 'done',
  1: 'a defect in Holdfast',
  2: 'wrong use: a request or an option has to be corrected',
  3: 'what was named does not exist',
  4: 'refused because of the state of things',
  5: 'not authorised',
  6: 'the database cannot be reached, or refuses',
  7: 'backup data damaged or missing',
  8: 'the run failed',
  130: 'cancelled',
};

export function errorsDocument(): string {
  const entries = Object.entries<ErrorDefinition>(errorCatalogue);
  const used = new Set([0, ...entries.map(([, definition]) => definition.exitCode)]);
  const unknown = [...used].filter((code) => exitCodeMeanings[code] === undefined);
  if (unknown.length > 0) throw new Error(`exit codes without a meaning: ${unknown.join(', ')}`);
  return `# Errors

<!-- Written by scripts/errors-doc.ts from src/base/errors.ts; change it there. -->

Every failure of Holdfast, wherever it shows, is one of these. Over HTTP the answer has the status below and this body;
\`hint\` and \`details\` may be missing:

\`\`\`json
{
  "error": "Backup not found",
  "code": "BACKUP_NOT_FOUND",
  "message": "There is no backup 12.",
  "hint": "List the backups to see which ids exist.",
  "details": { "id": 12 }
}
\`\`\`

The command line prints the same with \`--json\`, sentences on stderr without, and ends with the exit code. In TypeScript it is
a \`HoldfastError\` with the same fields. *Retry* says whether the same call may succeed later with nothing changed.

\`NOT_INITIALIZED\` alone has another body over HTTP, with \`action_required\` and \`initialization_url\`.

| Code | What it is | HTTP | Exit | Retry |
|---|---|--:|--:|---|
${entries.map(([code, each]) => `| [\`${code}\`](#${code.toLowerCase()}) | ${each.title} | ${each.status} | ${each.exitCode} | ${each.retryable ? 'yes' : 'no'} |`).join('\n')}

## Exit codes

| Exit | Meaning |
|--:|---|
${[...used]
  .toSorted((a, b) => a - b)
  .map((code) => `| ${code} | ${exitCodeMeanings[code]} |`)
  .join('\n')}

## What to do

${entries.map(([code, each]) => `### ${code}\n\n${each.title}. ${each.hint}`).join('\n\n')}
`;
}

async function main(): Promise<void> {
  const wanted = errorsDocument();
  if (process.argv.includes('--check')) {
    const found = await fs.readFile(errorsFile, 'utf8').catch(() => '');
    if (found === wanted) return;
    console.error('docs/ERRORS.md differs from the catalogue. Write it with: node scripts/errors-doc.ts');
    process.exitCode = 1;
    return;
  }
  await fs.writeFile(errorsFile, wanted);
}

if (import.meta.main) await main();
