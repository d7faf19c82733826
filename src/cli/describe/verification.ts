import type { Verification, VerificationReport } from '../../api/contract.ts';
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
  const figures = report ? figuresOf(report) : [];
  if (tookMs !== null) figures.push(duration(tookMs));
  const found = report?.level === 'content' ? 'is complete' : 'was checked';
  return [
    `${green('✓')} ${bold(`Backup ${backup} ${found}`)}: ${figures.join(', ')}.`,
    `  ${report?.proved ?? ''}`,
  ].join('\n');
}

function figuresOf({ tables, rows, chunks, storedBytes }: VerificationReport): string[] {
  const read =
    tables === null || rows === null
      ? [counted(chunks, 'chunk')]
      : [counted(tables, 'table'), counted(rows, 'row')];
  return [...read, bytes(storedBytes)];
}
