import type { Scrub } from '../../api/contract.ts';
import { bytes, counted, duration } from '../../base/units.ts';
import { readSentence } from '../../contract/health-words.ts';
import { green, yellow } from '../terminal/style.ts';
import { printable } from '../terminal/text.ts';
import { elapsed } from '../terminal/units.ts';

/** One that has completed; another ends as the error it ended in. */
export function describeScrub({ store, report, ...run }: Scrub): string {
  const { chunks = 0, storedBytes = 0, missing = 0, damaged = 0, unknown = 0, readSince } = report ?? {};
  const took = elapsed(run.startedAt, run.finishedAt);
  const read = [counted(chunks, 'chunk'), bytes(storedBytes), ...(took === null ? [] : [duration(took)])];
  const bad = missing + damaged > 0;
  const lines = [
    `${bad ? yellow('!') : green('✓')} The store ${printable(store)}: ${read.join(', ')} read, as written.`,
  ];
  if (bad) {
    lines.push(
      `  ${yellow('!')} ${counted(missing, 'chunk')} missing, ${counted(damaged, 'chunk')} damaged. Which backups need them: holdfast list`,
    );
  }
  if (unknown > 0) {
    lines.push(
      `  ${counted(unknown, 'chunk')} that no backup needs could not be judged; a cleanup deletes them.`,
    );
  }
  if (readSince) lines.push(`  ${readSentence(readSince)}`);
  return lines.join('\n');
}
