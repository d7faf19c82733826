import type { LostObject } from '../../contract/replace.ts';
import type { Drift } from '../../contract/drift.ts';
import type { TablePlan } from '../../contract/restore.ts';
import type { SchemaEntry } from '../../format/manifest.ts';
import { displayName, quoteIdentifier, quoteName, type QualifiedName } from '../../postgres/identifiers.ts';
import type { LiveRelation } from '../../postgres/inspect/relations.ts';
import { copyAsBytes } from '../../postgres/ranges.ts';
import type { Session } from '../../postgres/wire/session.ts';
import { describeEntry, relationName } from '../entries/identity.ts';
import { lostEntries, type Replacement } from './replacement.ts';
import { tablePlans } from './table-plans.ts';

/** Values of larger tables are not counted for a plan. */
const countedBytes = 64 * 1024 * 1024;

/** What a replacing restore drops for good, with the rows that are in it; and the tables that it drops and does not fill. */
export async function lostObjects(
  session: Session,
  replacement: Replacement | null,
  drift: readonly Drift[],
  live: { present: ReadonlyMap<QualifiedName, LiveRelation>; relations: readonly LiveRelation[] },
): Promise<{ objects: LostObject[]; tables: TablePlan[] }> {
  if (!replacement) return { objects: [], tables: [] };
  const byName = new Map(live.relations.map((relation) => [quoteName(relation), relation]));
  const relationOf = (entry: SchemaEntry): LiveRelation | undefined =>
    byName.get(quoteName(relationName(entry)));
  const lost = lostEntries(replacement);
  const restored = new Set(live.present.values());
  const filled = replacement.dropped
    .flatMap((entry) => (entry.kind === 'TABLE' ? (relationOf(entry) ?? []) : []))
    .filter((relation) => relation.kind === 'r' && !restored.has(relation))
    .map((relation) => [{ schema: relation.schema, name: relation.name, rows: 0 }, relation] as const);
  const plans = await tablePlans(
    session,
    filled.map(([table]) => table),
    new Map(filled),
    live.relations,
  );
  const tables = plans.map((plan): TablePlan => ({ ...plan, action: 'drop' }));
  const rows = new Map(tables.map(({ table, rowsNow }) => [table, rowsNow]));
  const objects = lost.map((entry): LostObject => {
    const relation = entry.kind === 'TABLE' ? relationOf(entry) : undefined;
    return { what: describeEntry(entry), rowsNow: (relation && rows.get(displayName(relation))) ?? null };
  });
  const present = new Map([...live.present.values()].map((relation) => [displayName(relation), relation]));
  for (const { table, column } of drift) {
    const relation = present.get(table);
    if (column?.is !== 'new' || !relation) continue;
    objects.push({
      what: `COLUMN ${table}.${column.name}`,
      rowsNow: await countValues(session, relation, column.name),
    });
  }
  return { objects, tables };
}

/**
 * In how many rows a column has a value; null where they are many, or it is computed. By a COPY, which plans nothing and so runs
 * nothing of the table's owner.
 */
async function countValues(session: Session, relation: LiveRelation, column: string): Promise<number | null> {
  const { kind, readable, rowSecurityActive, bytes, oid } = relation;
  if (kind !== 'r' || !readable || rowSecurityActive || bytes > countedBytes) return null;
  const stored = await session.query(
    `select from pg_catalog.pg_attribute a
     where a.attrelid = $1::pg_catalog.oid and a.attname = $2 and a.attgenerated = ''`,
    [oid, column],
  );
  if (stored.length === 0) return null;
  const empty = emptyLines();
  let rows = 0;
  await session.copyOut(
    [`copy ${quoteName(relation)} (${quoteIdentifier(column)}) to stdout${copyAsBytes}`],
    {
      data: (text) => empty.take(text),
      statementEnd: (count) => void (rows = count),
    },
  );
  return rows - empty.count();
}

const [backslash, letterN, newline] = [0x5c, 0x4e, 0x0a];

/** Counts lines of COPY text that are NULL: `\N` and nothing else. */
function emptyLines(): { take(text: Uint8Array): void; count(): number } {
  const empty = [backslash, letterN, newline];
  let found = 0;
  /** How much of an empty line was seen; -1: this line is none. */
  let seen = 0;
  return {
    take(text) {
      for (const byte of text) {
        if (seen >= 0 && byte === empty[seen]) seen++;
        else seen = byte === newline ? 0 : -1;
        if (seen < empty.length) continue;
        found++;
        seen = 0;
      }
    },
    count: () => found,
  };
}
