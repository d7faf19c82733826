import { copyOutStatement, cutRanges, type BlockRange } from '../postgres/ranges.ts';
import type { SourceTable } from './backup-snapshot.ts';

/** One range of one table, to be read by one COPY. */
export interface RangeTask {
  table: SourceTable;
  range: BlockRange;
  statement: string;
  estimatedBytes: number;
}

/** Small ranges are asked for together, up to this many bytes and statements in one round trip. */
const batchBytes = 512 * 1024;
const batchStatements = 32;

/** All ranges of all tables, those of the largest table last, because they are taken from the end. */
export function rangeTasks(tables: readonly SourceTable[]): RangeTask[] {
  const bySize = tables.toSorted((a, b) => a.relation.bytes - b.relation.bytes);
  return bySize.flatMap((table) => {
    const ranges = cutRanges(
      table.relation.extension?.condition ? { ...table.relation, heap: false } : table.relation,
    );
    table.rangesLeft = ranges.length;
    table.tasks = ranges.map((range) => ({
      table,
      range,
      statement: copyOutStatement(
        {
          schema: table.relation.schema,
          name: table.relation.name,
          columns: table.columns,
          condition: table.relation.extension?.condition || null,
        },
        range,
      ),
      estimatedBytes: table.relation.bytes / ranges.length,
    }));
    return table.tasks.toReversed();
  });
}

/** Takes the next range, with as many small ones after it as fit a round trip; empty when none is left. */
export function takeRangeTasks(tasks: RangeTask[]): RangeTask[] {
  const batch: RangeTask[] = [];
  let bytes = 0;
  while (tasks.length > 0 && batch.length < batchStatements) {
    const next = tasks.at(-1) as RangeTask;
    if (batch.length > 0 && bytes + next.estimatedBytes > batchBytes) break;
    batch.push(next);
    bytes += next.estimatedBytes;
    tasks.pop();
  }
  return batch;
}
