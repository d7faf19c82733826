import type { Verification } from '../../api/contract.ts';
import { bold, green } from '../terminal/style.ts';
import { bytes, counted, duration } from '../../base/units.ts';
import { elapsed } from '../terminal/units.ts';

/** One that has completed; another ends as the error it ended in. */
export function describeVerification({ backupId, report, ...run }: Verification): string {
  return describeReport(String(backupId), report, elapsed(run.startedAt, run.finishedAt));
}

/** @param backup its id or uuid */
export function describeReport(
  backup: string,
  report: Verification['report'],
  tookMs: number | null,
): string {
  const figures = report
    ? [counted(report.tables, 'table'), counted(report.rows, 'row'), bytes(report.storedBytes)]
    : [];
  if (tookMs !== null) figures.push(duration(tookMs));
  return [
    `${green('✓')} ${bold(`Backup ${backup} is complete`)}: ${figures.join(', ')}.`,
    '  Every chunk matched its hash, and every table has its number of rows.',
  ].join('\n');
}
