import type { Progress } from '../../api/contract.ts';
import { bytes, count, duration } from '../../base/units.ts';
import { fitted, printable } from './text.ts';

export interface LineInput {
  /** `Backup 12`, `Restore 4` */
  title: string;
  progress: Progress;
  elapsedMs: number;
}

const phaseWords: Record<Progress['phase'], string> = {
  starting: 'starting',
  listing: 'listing what is there',
  schema: 'reading the schema',
  data: 'copying rows',
  indexes: 'building indexes',
  constraints: 'adding constraints',
  'large-objects': 'large objects',
  proof: 'checking the result',
  cleanup: 'freeing space',
  finishing: 'finishing',
};

/** Whether rows are on their way. What is read or built beside them may take longer than they do. */
function isMoving({ phase, tablesDone, tablesTotal }: Progress): boolean {
  return phase === 'large-objects' || (phase === 'data' && (tablesTotal === 0 || tablesDone < tablesTotal));
}

function doing(progress: Progress): string {
  if (progress.phase === 'data' && !isMoving(progress)) return 'all rows moved, finishing';
  return phaseWords[progress.phase];
}

/** Share done, 0 to 1; null where nothing can be said. Never 1 before the end: an estimate may be low. */
export function share(progress: Progress): number | null {
  if (progress.estimatedRawBytes <= 0 || progress.phase === 'starting' || progress.phase === 'schema')
    return null;
  return Math.min(0.99, progress.rawBytes / progress.estimatedRawBytes);
}

/** Everything known, in order of interest, for a line in a log or what is right of the bar. */
export function facts({ progress, elapsedMs }: LineInput): string[] {
  const rate = progress.rawBytesPerSecond;
  const parts: string[] = [];
  const moving = isMoving(progress);
  if (progress.rawBytes > 0 || moving) {
    const of =
      progress.estimatedRawBytes > progress.rawBytes ? ` of ${bytes(progress.estimatedRawBytes)}` : '';
    parts.push(`${bytes(progress.rawBytes)}${of}`);
    // Counted when a range or a table is through, so that a 0 at first would only puzzle.
    if (progress.rows > 0) parts.push(`${count(progress.rows)} rows`);
  }
  if (moving && rate !== null && rate > 0) {
    parts.push(`${bytes(rate)}/s`);
    const left = progress.estimatedRawBytes - progress.rawBytes;
    if (left > 0 && elapsedMs > 2_000) parts.push(`${duration((left / rate) * 1000)} left`);
  } else parts.push(duration(elapsedMs));
  if (progress.tablesTotal > 0)
    parts.push(`${count(progress.tablesDone)}/${count(progress.tablesTotal)} tables`);
  if (progress.machines !== undefined && progress.machines > 1) parts.push(`${progress.machines} machines`);
  if (moving && progress.currentTable !== null) parts.push(printable(progress.currentTable));
  return parts;
}

/** For a log: `Backup 12: copying rows, 31 %, 1.2 GB of 3.9 GB, …` */
export function plainLine(input: LineInput): string {
  const done = share(input.progress);
  const percent = done === null || !isMoving(input.progress) ? [] : [`${Math.floor(done * 100)} %`];
  return `${input.title}: ${[doing(input.progress), ...percent, ...facts(input)].join(', ')}`;
}

/** For a terminal, at most `columns` wide: title, bar, facts; what does not fit is cut on the right. */
export function barLine(input: LineInput, columns: number): string {
  const done = share(input.progress);
  const moving = isMoving(input.progress);
  const head = done === null || !moving ? `${input.title}  ${doing(input.progress)}` : input.title;
  const bar = done === null || !moving ? '' : `  ${drawBar(done, columns >= 100 ? 24 : 12)}`;
  return fitted(`${head}${bar}  ${facts(input).join(' · ')}`, columns);
}

function drawBar(done: number, cells: number): string {
  const full = Math.floor(done * cells);
  return `${'█'.repeat(full)}${'░'.repeat(cells - full)} ${String(Math.floor(done * 100)).padStart(2)} %`;
}
