import type { Cleanup } from '../../api/contract.ts';
import { bold, dim, green, yellow } from '../terminal/style.ts';
import { printable } from '../terminal/text.ts';
import { bytes, counted } from '../../base/units.ts';

/** One that has completed, or a dry run. */
export function describeCleanup(cleanup: Cleanup): string {
  const { backups, inUse, bytesFreed, cleanupPending, dryRun } = cleanup;
  const count = counted(backups.length, 'backup');
  const lines = backups.map(({ id, reasons = [] }) => `  ${id}  ${dim(reasons.map(printable).join('; '))}`);
  if (dryRun) return [bold(`${count} would be deleted. Nothing was changed.`), ...lines].join('\n');
  lines.unshift(`${green('✓')} ${bold(`${count} deleted, ${bytes(bytesFreed)} freed.`)}`);
  if (inUse.length > 0) {
    lines.push(
      `  ${yellow('Note:')} ${inUse.join(', ')} due for deletion but in use; the next cleanup deletes it.`,
    );
  }
  if (cleanupPending) {
    lines.push(
      `  ${yellow('Note:')} some space is freed later: an active run, or the next one, may still need the data.`,
    );
  }
  return lines.join('\n');
}
