import type { Verification } from '../../api/contract.ts';
import { bold, green } from '../terminal/style.ts';
import { bytes, counted, duration } from '../../base/units.ts';
import { elapsed } from '../terminal/units.ts';

/** One that has completed; another ends as the error it ended in. */
export function describeVerification(verification: Verification): string {
  const { report } = verification;
  const took = elapsed(verification.startedAt, verification.finishedAt);
  const figures = report
    ? [counted(report.tables, 'table'), counted(report.rows, 'row'), bytes(report.storedBytes)]
    : [];
  if (took !== null) figures.push(duration(took));
  return [
    `${green('✓')} ${bold(`Backup ${verification.backupId} is complete`)}: ${figures.join(', ')}.`,
    '  Every chunk matched its hash, and every table has its number of rows.',
  ].join('\n');
}
