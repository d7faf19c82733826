import type { ManifestColumn } from '../format/manifest.ts';
import { quoteIdentifier, quoteName, type QualifiedName } from './identifiers.ts';

/** Heap and TOAST bytes that one range aims at; its COPY text is of about the same size. */
export const rangeBytes = 8 * 1024 * 1024;

export interface BlockRange {
  fromBlock: number;
  /** The first block after the range; null for "to the end, whatever has been added since". */
  toBlock: number | null;
}

/**
 * Cuts a table into ranges of about `rangeBytes` of heap and TOAST. The last one is open-ended, because blocks
 * may have been added since the size was read; it needs no upper bound to be right.
 */
export function cutRanges(relation: { heap: boolean; blocks: number; bytes: number }): BlockRange[] {
  const wanted = relation.heap ? Math.round(relation.bytes / rangeBytes) : 1;
  const parts = Math.max(1, Math.min(wanted, relation.blocks));
  const ranges: BlockRange[] = [];
  for (let i = 0; i < parts; i++) {
    ranges.push({
      fromBlock: Math.floor((relation.blocks * i) / parts),
      toBlock: i === parts - 1 ? null : Math.floor((relation.blocks * (i + 1)) / parts),
    });
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

export interface CopySource extends QualifiedName {
  columns: readonly ManifestColumn[];
  /** WHERE clause of an extension's configuration table, with the keyword. */
  condition: string | null;
}

/** COPY … TO STDOUT of one range of one table, its own rows only. */
export function copyOutStatement(source: CopySource, range: BlockRange): string {
  const columns = storedColumns(source.columns);
  const whole = range.fromBlock === 0 && range.toBlock === null;
  if (whole && source.condition === null) return `copy ${quoteName(source)}${columnList(columns)} to stdout`;
  const bounds: string[] = [];
  if (range.fromBlock > 0) bounds.push(`ctid >= '(${range.fromBlock},0)'::pg_catalog.tid`);
  if (range.toBlock !== null) bounds.push(`ctid < '(${range.toBlock},0)'::pg_catalog.tid`);
  const where = source.condition ?? (bounds.length > 0 ? `where ${bounds.join(' and ')}` : '');
  return `copy (select ${columns.map(quoteIdentifier).join(', ')} from only ${quoteName(source)} ${where}) to stdout`;
}

/** The COPY … FROM STDIN that takes what `copyOutStatement` gave. */
export function copyInStatement(target: QualifiedName, columns: readonly string[], options = ''): string {
  return `copy ${quoteName(target)}${columnList(columns)} from stdin${options}`;
}
