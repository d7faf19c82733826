import { counted } from '../../base/units.ts';
import { bold, dim, yellow } from '../terminal/style.ts';
import { printable } from '../terminal/text.ts';
import { valueTable } from './values.ts';

interface Rows {
  columns: readonly { name: string; type: string }[];
  rows: readonly (readonly (string | null)[])[];
  truncated?: string | null | undefined;
  nextCursor?: string | undefined;
  rangesRead: number;
  ranges: number;
}

/** As psql shows it: a NULL is empty. */
export function describeRows({ columns, rows, truncated, nextCursor, rangesRead, ranges }: Rows): string {
  const read = dim(`${rangesRead} of ${counted(ranges, 'range')} of the table read`);
  if (rows.length === 0) return `${bold('No such row in this backup.')}\n${read}`;
  const lines = [
    valueTable(columns, rows),
    '',
    ...(truncated ? [yellow(printable(truncated))] : []),
    nextCursor === undefined ? read : `${read}; ${dim(`continue with --cursor ${nextCursor}`)}`,
  ];
  return lines.join('\n');
}
