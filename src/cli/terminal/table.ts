import { dim } from './style.ts';
import { fitted, width, wrapped } from './text.ts';

export interface Column {
  title: string;
  align?: 'left' | 'right';
  /** The column may be cut down to this number of characters; not at all if unset. */
  atLeast?: number;
  /** Left out where there is still no room, the highest number first. */
  expendable?: number;
}

const between = 2;

/** What one looks at has a width; what another program reads has none, and nothing is cut for it. */
function terminalWidth(): number {
  return process.stdout.isTTY ? process.stdout.columns || 80 : Infinity;
}

/** Aligned plain text: a heading, then one line a row. No borders, so that cut, sort and awk are at home. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  room: number = terminalWidth(),
): string {
  const wanted = columns.map((column, index) =>
    Math.max(width(column.title), ...rows.map((row) => width(row[index] ?? ''))),
  );
  const widths = fit(columns, wanted, room);
  const line = (cells: readonly string[]): string =>
    columns
      .flatMap((column, index) => {
        const columnWidth = widths[index] ?? 0;
        if (columnWidth === 0) return [];
        const cell =
          column.atLeast === undefined ? (cells[index] ?? '') : fitted(cells[index] ?? '', columnWidth);
        const space = ' '.repeat(Math.max(0, columnWidth - width(cell)));
        return [column.align === 'right' ? space + cell : cell + space];
      })
      .join(' '.repeat(between))
      .trimEnd();
  const left = columns.filter((_, index) => widths[index] === 0 && (wanted[index] ?? 0) > 0);
  const lines = [dim(line(columns.map((column) => column.title))), ...rows.map(line)];
  if (left.length > 0) {
    const titles = left.map(({ title }) => title.toLowerCase()).join(', ');
    lines.push(dim(wrapped(`Columns not shown: ${titles}. Use a wider window or --json.`, room)));
  }
  return lines.join('\n');
}

/** How wide each column is; 0 for one that is left out. */
function fit(columns: readonly Column[], wanted: readonly number[], room: number): number[] {
  const widths = [...wanted];
  const excess = (): number => {
    const shown = widths.filter((each) => each > 0);
    return shown.reduce((sum, each) => sum + each, 0) + between * Math.max(0, shown.length - 1) - room;
  };
  const shrink = (): void => {
    columns.forEach(({ atLeast }, index) => {
      const now = widths[index] ?? 0;
      if (atLeast === undefined || now === 0) return;
      widths[index] = Math.min(now, Math.max(atLeast, now - Math.max(0, excess())));
    });
  };
  const order = columns
    .map(({ expendable = 0 }, index) => ({ expendable, index }))
    .filter(({ expendable }) => expendable > 0)
    .toSorted((a, b) => b.expendable - a.expendable);
  shrink();
  for (const { index } of order) {
    if (excess() <= 0) break;
    widths[index] = 0;
    // What became free goes to those that were cut.
    columns.forEach(({ atLeast }, cut) => {
      if (atLeast !== undefined && (widths[cut] ?? 0) > 0) widths[cut] = wanted[cut] ?? 0;
    });
    shrink();
  }
  return widths;
}

/** `name  value` lines with the values in one column, broken at spaces where they are too long. */
export function pairs(
  entries: readonly (readonly [string, string])[],
  room: number = terminalWidth(),
): string {
  const widest = Math.max(0, ...entries.map(([name]) => width(name)));
  const indent = ' '.repeat(widest + between);
  return entries
    .map(([name, value]) => {
      const text = room === Infinity ? value : wrapped(value, Math.max(20, room - widest - between), indent);
      return `${dim(name)}${' '.repeat(widest - width(name))}  ${text}`;
    })
    .join('\n');
}
