import { quoteIdentifier, quoteName } from '../identifiers.ts';
import type { LiveRelation } from './relations.ts';
import { copyAsBytes } from '../ranges.ts';
import type { Session } from '../wire/session.ts';

/** A column that is not of a fixed, short length may be as long as the table. */
const longColumnsBytes = 64 * 1024 * 1024;

/** How the rows of tables are counted: by oid the column to read; null where there is none, which is as good. */
export type CountColumns = Map<number, string | null>;

/**
 * Of each relation its shortest stored column. Those of which only long columns could be read are left out.
 */
export async function readCountColumns(
  session: Session,
  relations: readonly LiveRelation[],
): Promise<CountColumns> {
  const rows = await session.query<{ oid: string; name: string; length: number }>(
    `select distinct on (a.attrelid) a.attrelid::pg_catalog.int8 as oid, a.attname as name, a.attlen as length
     from pg_catalog.pg_attribute a
     where a.attrelid = any($1::pg_catalog.oid[]) and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
     order by a.attrelid, case when a.attlen > 0 then a.attlen else 32767 end, a.attnum`,
    [relations.map(({ oid }) => oid)],
  );
  const shortest = new Map(rows.map((row) => [Number(row.oid), row]));
  return new Map(
    relations.flatMap(({ oid, bytes }): [number, string | null][] => {
      const column = shortest.get(oid);
      if (column && column.length < 0 && bytes > longColumnsBytes) return [];
      return [[oid, column?.name ?? null]];
    }),
  );
}

/**
 * The number of a table's own rows, by a COPY: unlike count(*) it plans nothing, which could run functions of the
 * table's owner with our rights, and is refused by what is no table.
 */
export async function countRows(
  session: Session,
  relation: LiveRelation,
  column: string | null,
): Promise<number> {
  let count = 0;
  const list = column === null ? '' : ` (${quoteIdentifier(column)})`;
  await session.copyOut([`copy ${quoteName(relation)}${list} to stdout${copyAsBytes}`], {
    data() {},
    statementEnd: (rows) => void (count = rows),
  });
  return count;
}
