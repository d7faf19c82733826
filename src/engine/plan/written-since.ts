import type { PlannedUndo, UndoneRestore, WrittenSince } from '../../contract/undo.ts';
import type { ManifestTable } from '../../format/manifest.ts';
import { displayName, type QualifiedName } from '../../postgres/identifiers.ts';
import type { LiveRelation } from '../../postgres/inspect/relations.ts';
import {
  countRowsOf,
  isTellable,
  type RowsOfTransaction,
} from '../../postgres/inspect/rows-of-transaction.ts';
import type { Session } from '../../postgres/wire/session.ts';

/** For all tables of a plan together. */
const countForMs = 30_000;

/**
 * What was written to the tables of a restore since it took effect, which its undo takes away. A row is as the restore left
 * it while its version is the one that the restore's transaction wrote.
 */
export async function planUndo(
  session: Session,
  undone: UndoneRestore,
  present: ReadonlyMap<ManifestTable, LiveRelation>,
): Promise<PlannedUndo> {
  const { transaction } = undone;
  const known = transaction !== null && !undone.ofRows && (await isTellable(session, transaction));
  const adapted = new Set(undone.adapted);
  const isAdapted = (table: QualifiedName): boolean => adapted.has(displayName(table));
  const left = new Map(undone.tables.map(({ table, rows }) => [table, rows]));
  const until = Date.now() + countForMs;
  const found: WrittenSince[] = [];
  // Rows of partitions may have been loaded into others: of these all partitions together have what was left.
  for (const [table, members] of groupsOf(present)) {
    const counts: (RowsOfTransaction | undefined)[] = [];
    for (const [of, relation] of members) {
      const remainingMs = until - Date.now();
      const isTold = known && of.condition === null && ![of, ...of.ancestors].some(isAdapted);
      const countable = isTold && remainingMs > 0 && isCountable(relation);
      counts.push(countable ? await countRowsOf(session, relation, transaction, remainingMs) : undefined);
    }
    found.push({ table, ...since(counts, members, left) });
  }
  return {
    restoreId: undone.id,
    writtenSince: found,
    ofRows: undone.ofRows,
    byRows: false,
    stays: undone.created,
  };
}

type Member = readonly [ManifestTable, LiveRelation];

function groupsOf(present: ReadonlyMap<ManifestTable, LiveRelation>): Map<string, Member[]> {
  return Map.groupBy(present, ([table]) => displayName(table.loadVia ?? table));
}

function since(
  counts: readonly (RowsOfTransaction | undefined)[],
  members: readonly Member[],
  left: ReadonlyMap<string, number>,
): Pick<WrittenSince, 'written' | 'gone'> {
  let written = 0;
  let gone = 0;
  for (const [i, [table]] of members.entries()) {
    const count = counts[i];
    if (!count) return { written: null, gone: null };
    written += count.rows - count.own;
    gone += (left.get(displayName(table)) ?? 0) - count.own;
  }
  return { written, gone };
}

function isCountable({ kind, heap, readable, queryable, rowSecurityActive }: LiveRelation): boolean {
  return kind === 'r' && heap && readable && queryable && !rowSecurityActive;
}
