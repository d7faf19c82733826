import type { Session } from '../wire/session.ts';
import { operatorName } from '../identifiers.ts';

/** Columns of a table of which no two rows have the same values. */
export interface UniqueKey {
  /** Of its index. */
  name: string;
  primary: boolean;
  columns: string[];
  /** The operators that say which values are the same: `operator("pg_catalog".=)`; one for each column. */
  equals: string[];
  /** Whether a value may be NULL, so that rows may differ that have the same values. */
  nullable: boolean;
}

/** The unique keys of whole columns that cover every row, by the table's oid; the primary key first. */
export async function readUniqueKeys(
  session: Session,
  oids: readonly number[],
): Promise<Map<number, UniqueKey[]>> {
  const rows = await session.query<{
    oid: string;
    name: string;
    primary: boolean;
    columns: string[];
    schemas: string[] | null;
    operators: string[] | null;
    nullable: boolean;
  }>(
    `select i.indrelid::pg_catalog.int8 as oid, c.relname as name, i.indisprimary as primary,
       array(select a.attname::pg_catalog.text
         from pg_catalog.unnest(i.indkey::pg_catalog.int2[]) with ordinality k(number, place)
           join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.number
        where k.place <= i.indnkeyatts order by k.place) as columns,
       equal.schemas, equal.operators,
       exists (select from pg_catalog.unnest(i.indkey::pg_catalog.int2[]) with ordinality k(number, place)
           join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.number
         where k.place <= i.indnkeyatts and not a.attnotnull) as nullable
     from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indexrelid
       cross join lateral (
         select pg_catalog.array_agg(n.nspname::pg_catalog.text order by k.place) as schemas,
           pg_catalog.array_agg(o.oprname::pg_catalog.text order by k.place) as operators
         from pg_catalog.unnest(i.indclass::pg_catalog.oid[]) with ordinality k(opclass, place)
           join pg_catalog.pg_opclass oc on oc.oid = k.opclass
           join pg_catalog.pg_amop ao on ao.amopfamily = oc.opcfamily and ao.amopstrategy = 3
             and ao.amoplefttype = oc.opcintype and ao.amoprighttype = oc.opcintype
           join pg_catalog.pg_operator o on o.oid = ao.amopopr
           join pg_catalog.pg_namespace n on n.oid = o.oprnamespace) equal
     where i.indrelid = any($1::pg_catalog.oid[]) and i.indisunique and i.indisvalid
       and i.indpred is null and i.indexprs is null
     order by i.indisprimary desc, c.relname`,
    [oids],
  );
  const keys = new Map<number, UniqueKey[]>(oids.map((oid) => [oid, []]));
  for (const { oid, schemas, operators, ...key } of rows) {
    const equals = (operators ?? []).map((operator, i) => operatorName(schemas![i]!, operator));
    if (equals.length === key.columns.length) keys.get(Number(oid))?.push({ ...key, equals });
  }
  return keys;
}
