import { table } from '../terminal/table.ts';
import { printable } from '../terminal/text.ts';

/** Rows as psql shows them: a NULL is empty. */
export function valueTable(
  columns: readonly { name: string }[],
  rows: readonly (readonly (string | null)[])[],
): string {
  return table(
    columns.map(({ name }) => ({ title: printable(name), atLeast: 8 })),
    rows.map((row) => row.map((value) => printable(value ?? ''))),
  );
}

/** One value in a line of words, where a NULL and an empty text must be told apart. */
export function valueWord(value: string | null): string {
  if (value === null) return '(null)';
  return value === '' ? "''" : printable(value);
}
