import { bytes as sizeText, counted } from '../../base/units.ts';

/** What one answer holds at most, as it is stored; and of that one value. */
const answerBytes = 8 * 1024 * 1024;
const valueBytes = 1024 * 1024;

/** Takes rows for one answer, which does not grow with what is in them. */
export interface BoundedRows {
  /** Whether a row with this line has a place in it. The first one always does. */
  hasRoom(line: Uint8Array): boolean;
  /** How many bytes of each value are taken. */
  most(line: Uint8Array, columns: number): number;
  add(line: Uint8Array, row: (string | null)[], cutColumns: readonly string[]): void;
  readonly rows: (string | null)[][];
  /** What of it is not whole, as sentences; null when all is. */
  readonly truncated: string | null;
}

export function boundedRows(limit: number): BoundedRows {
  const rows: (string | null)[][] = [];
  const cut = new Set<string>();
  let bytes = 0;
  let isFull = false;
  return {
    hasRoom({ length }) {
      if (rows.length === limit) return false;
      isFull = rows.length > 0 && bytes + Math.min(length, answerBytes) > answerBytes;
      return !isFull;
    },
    most: ({ length }, columns) =>
      length <= answerBytes ? valueBytes : Math.min(valueBytes, Math.floor(answerBytes / columns)),
    add({ length }, row, cutColumns) {
      rows.push(row);
      bytes += length;
      for (const column of cutColumns) cut.add(column);
    },
    rows,
    get truncated() {
      const sentences = [
        ...(isFull
          ? [
              `These are ${counted(rows.length, 'row')}, because an answer holds at most ${sizeText(answerBytes)}; the next ones come with its cursor.`,
            ]
          : []),
        ...(cut.size > 0
          ? [
              `Values too long for an answer are cut at their end: ${[...cut].join(', ')}. Restore the row to have them whole.`,
            ]
          : []),
      ];
      return sentences.length === 0 ? null : sentences.join(' ');
    },
  };
}
