import { displayName, type QualifiedName } from '../../postgres/identifiers.ts';
import type { LiveRelation } from '../../postgres/inspect/relations.ts';
import { countRows, readCountColumns } from '../../postgres/inspect/row-count.ts';
import type { Session } from '../../postgres/wire/session.ts';
import type { TablePlan } from '../../contract/restore.ts';
import { withDescendants } from '../entries/selection.ts';
import { withPartitions } from './match-tables.ts';

/** Above this many rows, by the planner's estimate, they are not counted for a plan. */
const countLimit = 1_000_000;

/** What would happen to each table, with its rows now and in the backup. @param relations all of the database */
export async function tablePlans<Table extends QualifiedName & { rows: number }>(
  session: Session,
  tables: readonly Table[],
  present: ReadonlyMap<Table, LiveRelation>,
  relations: readonly LiveRelation[],
): Promise<TablePlan[]> {
  const filled = withPartitions(present, relations);
  const estimates = await session.query<{ oid: string; rows: number }>(
    `select c.oid::pg_catalog.int8 as oid, c.reltuples::pg_catalog.float8 as rows from pg_catalog.pg_class c
     where c.oid = any($1::pg_catalog.oid[])`,
    [[...filled].map((relation) => relation.oid)],
  );
  const estimate = new Map(estimates.map((row) => [Number(row.oid), row.rows]));
  const columns = await readCountColumns(session, [...filled]);
  const rowsIn = async (relation: LiveRelation): Promise<RowsNow> => {
    const guess = estimate.get(relation.oid) ?? -1;
    const countable = relation.readable && !relation.rowSecurityActive && relation.kind === 'r';
    // -1 means never analyzed: then the size decides, at 30 bytes for the smallest row.
    const likely = guess < 0 ? relation.bytes / 30 : guess;
    const column = columns.get(relation.oid);
    if (countable && likely <= countLimit && column !== undefined) {
      return { rowsNow: await countRows(session, relation, column), rowsNowIsEstimate: false };
    }
    return { rowsNow: Math.max(0, Math.round(likely)), rowsNowIsEstimate: true };
  };
  const plans: TablePlan[] = [];
  for (const table of tables) {
    const relation = present.get(table);
    const base = { table: displayName(table), rowsInBackup: table.rows };
    if (!relation) {
      plans.push({ ...base, action: 'create', rowsNow: null, rowsNowIsEstimate: false });
      continue;
    }
    // The rows of a partitioned table are in its partitions.
    const parts = [...withDescendants(new Set([relation]), relation.kind === 'p' ? relations : [])];
    const own: RowsNow = { rowsNow: 0, rowsNowIsEstimate: false };
    for (const part of parts.filter(({ kind }) => kind !== 'p')) {
      const { rowsNow, rowsNowIsEstimate } = await rowsIn(part);
      own.rowsNow += rowsNow;
      own.rowsNowIsEstimate ||= rowsNowIsEstimate;
    }
    plans.push({ ...base, action: 'replace', ...own });
  }
  return plans;
}

interface RowsNow {
  rowsNow: number;
  rowsNowIsEstimate: boolean;
}
