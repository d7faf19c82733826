import type { ManifestColumn } from '../format/manifest.ts';
import { quoteIdentifier, quoteName, type QualifiedName } from './identifiers.ts';

/** Heap and TOAST bytes that one range aims at; its COPY text is of about the same size, and makes one chunk. */
export const rangeBytes = 4 * 1024 * 1024;

export interface BlockRange {
  fromBlock: number;
  /** The first block after the range; null for the open end, including blocks added since. */
  toBlock: number | null;
}

/**
 * Cuts a table into ranges of about `rangeBytes` of heap and TOAST, between 0.7 and 1.4 of it. A range has a power of
 * two of blocks: as the table grows the borders stay where they are, and what has not changed gives the same chunks.
 * The last one is open-ended, because blocks may have been added since the size was read.
 * @param before how many blocks a range had in an earlier backup: kept while it is at most twice or half of what it would be
 */
export function cutRanges(
  relation: { heap: boolean; blocks: number; bytes: number },
  before: number | null = null,
): BlockRange[] {
  const { heap, blocks, bytes } = relation;
  if (!heap || blocks === 0) return [{ fromBlock: 0, toBlock: null }];
  const fitting = 2 ** Math.max(0, Math.round(Math.log2((rangeBytes * blocks) / Math.max(bytes, 1))));
  const keeps = before !== null && before >= fitting / 2 && before <= fitting * 2;
  const blocksPerRange = keeps ? before : fitting;
  const ranges: BlockRange[] = [];
  for (let fromBlock = 0; fromBlock < blocks; fromBlock += blocksPerRange) {
    const next = fromBlock + blocksPerRange;
    ranges.push({ fromBlock, toBlock: next < blocks ? next : null });
  }
  return ranges;
}

/** The columns whose values are stored: all but the generated ones. */
export function storedColumns(columns: readonly ManifestColumn[]): string[] {
  return columns.filter((column) => column.generated === null).map((column) => column.name);
}

/** `("a", "b")`, or nothing for a table without stored columns, where COPY takes none. */
export function columnList(columns: readonly string[]): string {
  return columns.length === 0 ? '' : ` (${columns.map(quoteIdentifier).join(', ')})`;
}

/** COPY's option to convert nothing, and to check nothing either. */
export const copyAsBytes = " with (encoding 'SQL_ASCII')";

export interface CopySource extends QualifiedName {
  columns: readonly ManifestColumn[];
  /** WHERE clause of an extension's configuration table, with the keyword. */
  condition: string | null;
  /** Whether bytes are sent unchanged with any client_encoding: in a SQL_ASCII database. */
  asBytes?: boolean;
}

/** COPY … TO STDOUT of one range of one table, its own rows only. */
export function copyOutStatement(source: CopySource, range: BlockRange): string {
  const columns = storedColumns(source.columns);
  const whole = range.fromBlock === 0 && range.toBlock === null;
  const options = source.asBytes ? copyAsBytes : '';
  if (whole && source.condition === null) {
    return `copy ${quoteName(source)}${columnList(columns)} to stdout${options}`;
  }
  const where = source.condition === null ? rangeBounds(range) : ` ${source.condition}`;
  return `copy (select ${columns.map(quoteIdentifier).join(', ')} from only ${quoteName(source)}${where}) to stdout${options}`;
}

/** The WHERE clause of a range, with a space before it; nothing for a whole table. */
export function rangeBounds({ fromBlock, toBlock }: BlockRange): string {
  const bounds: string[] = [];
  if (fromBlock > 0) bounds.push(`ctid >= '(${fromBlock},0)'::pg_catalog.tid`);
  if (toBlock !== null) bounds.push(`ctid < '(${toBlock},0)'::pg_catalog.tid`);
  return bounds.length > 0 ? ` where ${bounds.join(' and ')}` : '';
}

/** The COPY … FROM STDIN that takes what `copyOutStatement` gave. */
export function copyInStatement(target: QualifiedName, columns: readonly string[], options = ''): string {
  return `copy ${quoteName(target)}${columnList(columns)} from stdin${options}`;
}
