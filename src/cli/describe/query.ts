import { bytes, count, counted } from '../../base/units.ts';
import type { QueryAnswer } from '../../contract/query.ts';
import { dim } from '../terminal/style.ts';
import { printable } from '../terminal/text.ts';
import { valueTable } from './values.ts';

/** As psql shows it: a NULL is empty. */
export function describeAnswer({ columns, rows, more, notes, read }: Omit<QueryAnswer, 'backupId'>): string {
  const number = counted(rows.length, 'row');
  const cut = more ? `the first ${number}; there are more, up to 10000 with --limit` : number;
  const end = [cut, readWords(read), ...notes.map(printable)].join('\n');
  if (columns.length === 0 || rows.length === 0) return dim(end);
  const shown = valueTable(columns, rows);
  return `${shown}\n\n${dim(end)}`;
}

function readWords({ tables, chunks, ofChunks, storedBytes }: QueryAnswer['read']): string {
  return `read: ${counted(tables, 'table')}, ${count(chunks)} of ${counted(ofChunks, 'chunk')}, ${bytes(storedBytes)}`;
}

/** RFC 4180, as COPY writes it: NULL is nothing, an empty text is in quotes. */
export function csvOf({ columns, rows }: Pick<QueryAnswer, 'columns' | 'rows'>): string {
  return [columns.map(({ name }) => name), ...rows].map((row) => row.map(csvField).join(',')).join('\n');
}

function csvField(value: string | null): string {
  if (value === null) return '';
  return value === '' || /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
