import type { CertificateStatement } from '../../api/contract.ts';
import { bytes, count, counted, duration } from '../../base/units.ts';
import { bold, green, red, yellow } from '../terminal/style.ts';
import { printable } from '../terminal/text.ts';

const shownProblems = 10;

/** What a certificate says, for people. */
export function describeStatement(statement: CertificateStatement): string {
  const { verdict, cause, backup, restoreMs, phases, server, levels, remarks, checks } = statement;
  const of = `Backup ${backup.uuid} of ${printable(backup.database)}`;
  const heads = {
    passed: `${green('✓')} ${bold(`${of} came back`)}: ${counted(backup.tables, 'table')}, ${counted(backup.rows, 'row')}, ${bytes(backup.rawBytes)}.`,
    failed: `${red('✗')} ${bold(`${of} did not come back`)}: ${printable(cause?.message ?? '')}`,
    inconclusive: `${yellow('?')} ${bold(`Whether ${of} comes back could not be found out`)}: ${printable(cause?.message ?? '')}`,
  };
  const problems = levels.flatMap(({ level, problems: each }) =>
    each.map((problem) => `  ${level}: ${printable(problem)}`),
  );
  const took = phases.reduce((sum, { ms }) => sum + ms, 0);
  return [
    heads[verdict],
    `  As of ${backup.snapshotAt}, drilled at ${statement.startedAt} on PostgreSQL ${server.version ?? '?'} (${server.kind}).`,
    ...(restoreMs === null
      ? []
      : [`  The restore took ${duration(restoreMs)}, the whole drill ${duration(took)}.`]),
    ...(checks.length === 0
      ? []
      : [
          `  Checks passed: ${count(checks.filter(({ outcome }) => outcome === 'passed').length)} of ${count(checks.length)}.`,
        ]),
    ...problems.slice(0, shownProblems),
    ...(problems.length > shownProblems ? [`  … and ${count(problems.length - shownProblems)} more`] : []),
    ...remarks.map((remark) => `  ${printable(remark)}`),
  ].join('\n');
}
