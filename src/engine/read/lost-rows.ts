import type { LostRows } from '../../contract/lost-rows.ts';
import { rangeChunks, type Manifest, type ManifestRange, type ManifestTable } from '../../format/manifest.ts';
import { partsOf, type BackupPart } from './backup-parts.ts';

/** What a backup has lost with some of its chunks. */
export interface Loss {
  /** Of the parts that need them: `schema.table`, or `large objects`. */
  names: string[];
  /** Which rows, at most; neighbours are joined. */
  lost: LostRows[];
}

/** @param covered which parts count; default all */
export function lossOf(
  manifest: Manifest,
  ids: ReadonlySet<string>,
  covered: (part: BackupPart) => boolean = () => true,
): Loss {
  const loss: Loss = { names: [], lost: [] };
  for (const part of partsOf(manifest)) {
    if (!covered(part) || !part.chunks.some(({ id }) => ids.has(id))) continue;
    loss.names.push(part.name);
    loss.lost.push(...(part.table ? lostOfTable(part.name, part.table, ids) : [allOf(part)]));
  }
  return loss;
}

/** All rows of a part, where nothing tells which of them are lost. */
export function allOf({ name, rows }: Pick<BackupPart, 'name' | 'rows'>): LostRows {
  return { table: name, firstRow: 1, rows, of: rows, fromBlock: null, toBlock: null };
}

/** All rows of one range. @param before how many rows of the part come before it */
export function lostOf(
  part: Pick<BackupPart, 'name' | 'rows'>,
  { rows, fromBlock, toBlock }: ManifestRange,
  before: number,
): LostRows {
  return { ...allOf(part), firstRow: before + 1, rows, fromBlock, toBlock };
}

function lostOfTable(name: string, table: ManifestTable, ids: ReadonlySet<string>): LostRows[] {
  const lost: LostRows[] = [];
  let before = 0;
  for (const range of table.ranges) {
    const { rows, toBlock } = range;
    const firstRow = before + 1;
    before += rows;
    if (!rangeChunks([range]).some(({ id }) => ids.has(id))) continue;
    const last = lost.at(-1);
    if (last && last.firstRow + last.rows === firstRow) {
      last.rows += rows;
      last.toBlock = toBlock;
    } else lost.push(lostOf({ name, rows: table.rows }, range, firstRow - 1));
  }
  return lost;
}
