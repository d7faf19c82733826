import type { Session } from '../wire/session.ts';

/** What the text of a type's values depends on. */
export interface TextType {
  name: string;
  /** It changes when the text of the same stored value may. */
  facts: unknown;
  /** The name of a type, this one or one that is part of it, whose text depends on what is not in the row; null without. */
  unfit: string | null;
}

interface Row {
  oid: string;
  name: string;
  output: string;
  builtin: boolean;
  volatility: 'i' | 's' | 'v';
  extension: string | null;
  labels: unknown;
  attributes: string | null;
  parts: string[] | null;
}

/**
 * PostgreSQL marks an output function stable when its text depends on more than the value. Of those that are its own, these
 * depend on settings that are the same for every backup (dates, intervals, money), or on what is looked at beside them (labels of
 * an enum, and the parts of arrays, ranges and rows). All others that it marks so depend on names in the catalog: `regclass` and
 * its like, `aclitem`. `test/engine/text-types.test.ts` compares the list with each server.
 */
export const settledOutputs: ReadonlySet<string> = new Set([
  'array_out',
  'cash_out',
  'date_out',
  'enum_out',
  'interval_out',
  'multirange_out',
  'range_out',
  'record_out',
  'timestamp_out',
  'timestamptz_out',
  'timetz_out',
  'time_out',
]);

/**
 * Every type of a column of these tables whose values are stored, by its oid as text. A label of an enum that is renamed and
 * renamed back is another row of the catalog: in between it may have been read.
 */
export async function readTextTypes(
  session: Session,
  tables: readonly number[],
): Promise<Map<string, TextType>> {
  const rows = await session.query<Row>(
    `with recursive part (of, oid) as (
       select distinct 0::pg_catalog.oid, a.atttypid from pg_catalog.pg_attribute a
         where a.attrelid = any ($1::pg_catalog.oid[]) and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
       union
       select t.oid, x.oid from part join pg_catalog.pg_type t on t.oid = part.oid
         cross join lateral (
           select t.typelem where t.typelem <> 0
           union all select t.typbasetype where t.typbasetype <> 0
           union all select a.atttypid from pg_catalog.pg_attribute a
             where t.typrelid <> 0 and a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped
           union all select r.rngsubtype from pg_catalog.pg_range r where t.oid in (r.rngtypid, r.rngmultitypid)
         ) as x (oid)
     )
     select t.oid::pg_catalog.int8::pg_catalog.text as oid, pg_catalog.format_type(t.oid, null) as name,
       p.proname as output, p.pronamespace = 'pg_catalog'::pg_catalog.regnamespace as builtin, p.provolatile as volatility,
       (select e.extname || ' ' || e.extversion from pg_catalog.pg_depend d join pg_catalog.pg_extension e on e.oid = d.refobjid
         where d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.objid = p.oid and d.deptype = 'e'
           and d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass) as extension,
       (select pg_catalog.json_agg(pg_catalog.json_build_array(l.oid::pg_catalog.int8, l.enumlabel, l.xmin::pg_catalog.text) order by l.oid)
         from pg_catalog.pg_enum l where l.enumtypid = t.oid) as labels,
       (select pg_catalog.json_agg(pg_catalog.json_build_array(a.attnum, a.atttypid::pg_catalog.int8, a.attisdropped) order by a.attnum)
         from pg_catalog.pg_attribute a where t.typrelid <> 0 and a.attrelid = t.typrelid and a.attnum > 0)::pg_catalog.text as attributes,
       (select pg_catalog.array_agg(distinct q.oid::pg_catalog.int8::pg_catalog.text) from part q where q.of = t.oid) as parts
     from (select distinct oid from part) as used
       join pg_catalog.pg_type t on t.oid = used.oid
       join pg_catalog.pg_proc p on p.oid = t.typoutput`,
    [tables],
  );
  const byOid = new Map(rows.map((row) => [row.oid, row]));
  return new Map(rows.map((row) => [row.oid, withParts(row, byOid)]));
}

/** A type with all that is part of it, at any depth. No type contains itself. */
function withParts(type: Row, byOid: ReadonlyMap<string, Row>): TextType {
  const all = new Map<string, Row>();
  const visit = (row: Row): void => {
    if (all.has(row.oid)) return;
    all.set(row.oid, row);
    for (const part of row.parts ?? []) visit(byOid.get(part)!);
  };
  visit(type);
  const used = [...all.values()].toSorted((one, other) => Number(one.oid) - Number(other.oid));
  return {
    name: type.name,
    facts: used.map(({ oid, output, extension, labels, attributes, parts }) => [
      oid,
      output,
      extension,
      labels,
      attributes,
      parts?.toSorted() ?? [],
    ]),
    unfit: used.find(isUnfit)?.name ?? null,
  };
}

/**
 * An output function that is neither PostgreSQL's nor of an extension is in a library of its own, which may be another one
 * tomorrow; that of an extension goes with its version.
 */
function isUnfit({ builtin, volatility, extension, output }: Row): boolean {
  if (builtin) return volatility !== 'i' && !settledOutputs.has(output);
  return extension === null || volatility !== 'i';
}
