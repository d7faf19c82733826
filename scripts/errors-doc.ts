/**
 * Writes docs/ERRORS.md from the catalogue in src/base/errors.ts.
 *
 *   node scripts/errors-doc.ts            writes it
 *   node scripts/errors-doc.ts --check    fails when it differs
 */
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { foreseen } from '../src/cli/doctor/foreseen.ts';
import {
  errorCatalogue,
  exitCodeMeanings,
  type ErrorCode,
  type ErrorDefinition,
} from '../src/base/errors.ts';

export const errorsFile = path.resolve(import.meta.dirname, '../docs/ERRORS.md');

/** Whether `holdfast doctor` finds the cause beforehand. */
function beforehand(code: ErrorCode): string {
  const entry = foreseen[code];
  if ('reason' in entry) return '';
  const names = entry.checks.map((name) => `*${name}*`);
  return ` \`holdfast doctor\` finds the cause beforehand: ${names.join(', ')}.`;
}

export function errorsDocument(): string {
  const entries = Object.entries(errorCatalogue) as [ErrorCode, ErrorDefinition][];
  return `# Errors

<!-- Written by scripts/errors-doc.ts from src/base/errors.ts and src/cli/doctor/foreseen.ts; change it there. -->

Every error of Holdfast has one of these codes. Over HTTP the response has the status below and this body; \`hint\` and
\`details\` may be missing:

\`\`\`json
{
  "error": "Backup not found",
  "code": "BACKUP_NOT_FOUND",
  "message": "There is no backup 12.",
  "hint": "List the backups to see which ids exist.",
  "details": { "id": 12 }
}
\`\`\`

The command line prints the same body with \`--json\`, and sentences on stderr without it; then it ends with the exit code. In
TypeScript it is a \`HoldfastError\` with the same fields. *Retry*: whether the same call may succeed later with nothing changed.

Only \`NOT_INITIALIZED\` has another body over HTTP, with \`action_required\` and \`initialization_url\`.

| Code | Title | HTTP | Exit | Retry |
|---|---|--:|--:|---|
${entries.map(([code, each]) => `| [\`${code}\`](#${code.toLowerCase()}) | ${each.title} | ${each.status} | ${each.exitCode} | ${each.retryable ? 'yes' : 'no'} |`).join('\n')}

## Exit codes

| Exit | Meaning |
|--:|---|
${Object.entries(exitCodeMeanings)
  .map(([code, meaning]) => `| ${code} | ${meaning} |`)
  .join('\n')}

## What to do

${entries.map(([code, each]) => `### ${code}\n\n${each.title}. ${each.hint}${beforehand(code)}`).join('\n\n')}
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
