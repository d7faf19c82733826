import { sum } from '../../base/sum.ts';
import type { Manifest, ManifestTable } from '../../format/manifest.ts';
import type { RangeResult } from './range-memory.ts';
import type { RangeData } from './range-reader.ts';
import type { RangeTask } from './range-tasks.ts';
import type { SourceTable } from './snapshot.ts';

export function manifestLargeObjects(
  objects: Manifest['largeObjects']['objects'],
  ranges: readonly RangeData[],
): Manifest['largeObjects'] {
  return {
    objects,
    chunks: ranges.flatMap((range) => range.chunks),
    rows: sum(ranges.map((range) => range.rows)),
    rawBytes: sum(ranges.map((range) => range.rawBytes)),
  };
}

/** @param data has every range of the table */
export function manifestTable(
  table: SourceTable,
  data: ReadonlyMap<RangeTask, RangeResult>,
  entryId: number | null,
  keyColumn: string | null,
): ManifestTable {
  const ranges = table.tasks.map((task) => {
    const { rows, rawBytes, segments, drops, ...result } = data.get(task)!;
    const keys = result.keys();
    return {
      ...task.range,
      rows,
      rawBytes,
      ...(keys ? { keys: [...keys] as [string, string] } : {}),
      ...(drops ? { drops } : {}),
      segments,
    };
  });
  return {
    schema: table.relation.schema,
    name: table.relation.name,
    entryId,
    kind: table.relation.extension ? 'extension-config' : 'table',
    condition: table.relation.extension?.condition || null,
    ...(table.relation.extension ? { extension: table.relation.extension.name } : {}),
    columns: table.columns,
    ...(ranges.some(({ keys }) => keys) ? { keyColumn: keyColumn! } : {}),
    ancestors: table.ancestors,
    loadVia: table.loadVia,
    rows: sum(ranges.map((range) => range.rows)),
    rawBytes: sum(ranges.map((range) => range.rawBytes)),
    ranges,
  };
}
