import { setImmediate as breathe } from 'node:timers/promises';
import { sum } from '../../base/sum.ts';
import { lineCutter } from '../../format/copy-fields.ts';
import type { ManifestRange, ManifestTable } from '../../format/manifest.ts';
import { storedColumns } from '../../postgres/ranges.ts';
import { displayName } from '../../postgres/identifiers.ts';
import type { Store } from '../../store/store.ts';
import { readRows } from '../read/rows.ts';
import { arranged } from './lines.ts';
import type { Side } from './side.ts';

/** The ranges of a table that are compared. */
export interface Part {
  table: ManifestTable;
  ranges: readonly ManifestRange[];
}

/** Rows after which other work of the process gets its turn. */
const rowsInOneGo = 5_000;

/** @param parts of one table, or of its partitions */
export function backupSide(name: string, store: Store, parts: readonly Part[], signal: AbortSignal): Side {
  // Partitions have the same ones, maybe in another order.
  const [first] = parts.map(({ table }) => table.columns.filter(({ generated }) => generated === null));
  return {
    name,
    columns: (first ?? []).map((column) => ({ name: column.name, type: column.type })),
    async read(columns, onRow) {
      for (const { table, ranges } of parts) {
        const own = storedColumns(table.columns);
        const places = columns.map((column) => own.indexOf(column));
        const isAsStored = places.length === own.length && places.every((place, i) => place === i);
        const lines = lineCutter();
        let rows = 0;
        for await (const piece of readRows(store, ranges, displayName(table))) {
          for (const line of lines.take(piece)) {
            if (!onRow(isAsStored ? line : arranged(line, places))) return;
            if (++rows % rowsInOneGo === 0) {
              await breathe();
              signal.throwIfAborted();
            }
          }
          signal.throwIfAborted();
        }
      }
    },
  };
}

export function rowsOf(parts: readonly Part[]): number {
  return sum(parts.map(({ ranges }) => sum(ranges.map(({ rows }) => rows))));
}

/** Without the ranges that both have, which are the same rows; and how many rows those are. */
export function withoutCommon(
  a: readonly ManifestTable[],
  b: readonly ManifestTable[],
): { a: Part[]; b: Part[]; rows: number } {
  const names = (tables: readonly ManifestTable[]): Set<string> =>
    new Set(tables.flatMap((table) => table.ranges.map((range) => contentOf(table, range))));
  const inB = names(b);
  const common = new Set([...names(a)].filter((each) => inB.has(each)));
  const rest = (tables: readonly ManifestTable[]): Part[] =>
    tables.map((table) => ({
      table,
      ranges: table.ranges.filter((range) => range.rows > 0 && !common.has(contentOf(table, range))),
    }));
  const shared = a.flatMap((table) =>
    table.ranges.filter((range) => common.has(contentOf(table, range))).map(({ rows }) => rows),
  );
  return { a: rest(a), b: rest(b), rows: sum(shared) };
}

/** Equal for ranges of the same rows: chunks are named by what they hold. */
function contentOf({ columns }: ManifestTable, { segments, drops }: ManifestRange): string {
  return JSON.stringify([
    columns.map(({ name, generated }) => [name, generated]),
    drops?.id,
    segments.map(({ chunks }) => chunks.map(({ id }) => id)),
  ]);
}
