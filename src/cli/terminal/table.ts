import { dim } from './style.ts';
import { width } from './text.ts';

export interface Column {
  title: string;
  align?: 'left' | 'right';
}

/** Aligned plain text: a heading, then one line a row. No borders, so that cut, sort and awk are at home. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const widths = columns.map((column, index) =>
    Math.max(width(column.title), ...rows.map((row) => width(row[index] ?? ''))),
  );
  const line = (cells: readonly string[]): string =>
    columns
      .map((column, index) => {
        const cell = cells[index] ?? '';
        const space = ' '.repeat((widths[index] ?? 0) - width(cell));
        return column.align === 'right' ? space + cell : cell + space;
      })
      .join('  ')
      .trimEnd();
  return [dim(line(columns.map((column) => column.title))), ...rows.map(line)].join('\n');
}

/** `name  value` lines with the values in one column. */
export function pairs(entries: readonly (readonly [string, string])[]): string {
  const widest = Math.max(0, ...entries.map(([name]) => width(name)));
  return entries
    .map(([name, value]) => `${dim(name)}${' '.repeat(widest - width(name))}  ${value}`)
    .join('\n');
}
