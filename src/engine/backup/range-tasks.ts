import {
  copyOutStatement,
  cutRanges,
  storedColumns,
  type BlockRange,
  type CopySource,
} from '../../postgres/ranges.ts';
import type { KeyField } from '../../format/key-bounds.ts';
import { rowCountStatement } from '../../postgres/row-age.ts';
import type { KeyColumn } from '../../postgres/inspect/data-identity.ts';
import type { KnownRange } from './known-ranges.ts';
import type { Recalled } from './recall.ts';
import { isDueAgain } from './reread.ts';
import type { SourceTable } from './snapshot.ts';

/** One range of one table, to be compared with what is known of it, or read by one COPY. */
export interface RangeTask {
  table: SourceTable;
  range: BlockRange;
  statement: string;
  /** What the statement reads. */
  source: CopySource;
  /** Whether its rows can be read with their places: it has columns, and is chosen by block. */
  placed: boolean;
  /** Where in the text the column is of which the least and greatest value are to be known. */
  key: KeyField | undefined;
  /** What is known of the range that begins there. */
  known: KnownRange | undefined;
  /** Whether it is read even if nothing has changed. */
  readAnyway: boolean;
  /** Whether its text is cut where its content says, for want of ranges. */
  byContent: boolean;
  estimatedBytes: number;
}

/**
 * Ranges are requested together, so that the server need not wait for us after each: this many statements and bytes in one
 * round trip, but of what is left only a part, lest one reader has much to do when the others have nothing.
 */
const batchStatements = 32;
const batchBytes = 32 * 1024 * 1024;
const batchShare = 1 / 32;
/** Up to this they are so small that it does not matter. */
const smallBatchBytes = 512 * 1024;

/**
 * All ranges of all tables, those of the largest table last, because they are taken from the end. Small tables of one
 * schema stay together.
 * @param recalled what is known of the tables; of one that is not in it all is read
 * @param asBytes see `CopySource`
 * @param rereadDays see `BackupRequest`
 */
export function rangeTasks(
  tables: readonly SourceTable[],
  recalled: ReadonlyMap<SourceTable, Recalled> = new Map(),
  asBytes = false,
  rereadDays = 0,
): RangeTask[] {
  const nowMs = Date.now();
  const isSmall = ({ relation }: SourceTable): boolean => relation.bytes <= smallBatchBytes;
  const bySize = tables.toSorted((a, b) =>
    isSmall(a) && isSmall(b) && a.relation.schemaOid !== b.relation.schemaOid
      ? a.relation.schemaOid - b.relation.schemaOid
      : a.relation.bytes - b.relation.bytes,
  );
  return bySize.flatMap((table) => {
    const { relation } = table;
    // A range is read by a query, and so is what an extension's condition chooses, in one piece.
    const divisible = relation.heap && relation.queryable && !relation.extension?.condition;
    const { facts, key, known, readBecause } = recalled.get(table) ?? unknown;
    const ranges = cutRanges({ ...relation, heap: divisible }, known?.blocksPerRange);
    table.blocksPerRange = ranges[0]!.toBlock;
    table.rangesLeft = ranges.length;
    const source = {
      schema: relation.schema,
      name: relation.name,
      columns: table.columns,
      condition: relation.extension?.condition || null,
      asBytes,
    };
    const knownOf = (range: BlockRange): Pick<RangeTask, 'known' | 'readAnyway'> => {
      const before = known?.ranges.get(range.fromBlock);
      // Rows outside of what is known were perhaps there already.
      const there = before && isWithin(range, before) ? before : undefined;
      const again = there !== undefined && isDueAgain(relation.oid, there, rereadDays, nowMs);
      return { known: there, readAnyway: readBecause !== null || again };
    };
    table.tasks = ranges.map((range) => ({
      table,
      range,
      source,
      key: keyFieldOf(table, key),
      placed: facts !== null && storedColumns(table.columns).length > 0,
      ...knownOf(range),
      statement: copyOutStatement(source, range),
      byContent: !divisible,
      estimatedBytes: table.relation.bytes / ranges.length,
    }));
    return table.tasks.toReversed();
  });
}

const unknown: Pick<Recalled, 'facts' | 'key' | 'known' | 'readBecause'> = {
  facts: null,
  key: null,
  known: undefined,
  readBecause: null,
};

function isWithin({ toBlock }: BlockRange, known: BlockRange): boolean {
  return known.toBlock === null || (toBlock !== null && toBlock <= known.toBlock);
}

function keyFieldOf({ columns }: SourceTable, key: KeyColumn | null): KeyField | undefined {
  const column = key ? storedColumns(columns).indexOf(key.name) : -1;
  return key && column >= 0 ? { column, order: key.order } : undefined;
}

/** The query for what a range that is known holds now. */
export function countStatement({ table, range, known }: RangeTask): string {
  return rowCountStatement(table.relation, range, known!.writtenBefore);
}

/** Takes the next range, with those after it that go in the same round trip, all of one schema; empty when none is left. */
export function takeRangeTasks(tasks: RangeTask[]): RangeTask[] {
  const batch: RangeTask[] = [];
  const share = tasks.length * batchShare;
  let bytes = 0;
  while (tasks.length > 0 && batch.length < batchStatements) {
    const next = tasks.at(-1) as RangeTask;
    bytes += next.estimatedBytes;
    const large = bytes > smallBatchBytes && (batch.length >= share || bytes > batchBytes);
    const elsewhere = batch[0] && batch[0].table.relation.schemaOid !== next.table.relation.schemaOid;
    if (elsewhere || (batch.length > 0 && large)) break;
    batch.push(next);
    tasks.pop();
  }
  return batch;
}
