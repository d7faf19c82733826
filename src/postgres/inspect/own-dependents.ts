import type { QualifiedName } from '../identifiers.ts';
import type { Session } from '../wire/session.ts';

/**
 * What depends on these tables and on everything in these schemas, directly or by way of something else.
 * @returns `catalogOid oid` of each object
 */
export async function readDependentsOf(
  session: Session,
  { tables, schemas }: { tables: readonly QualifiedName[]; schemas: readonly string[] },
): Promise<Set<string>> {
  const rows = await session.query<{ class: string; object: string }>(
    `with recursive dependent(classid, objid) as (
      select 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid, c.oid
      from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p', 'v', 'm', 'S') and (n.nspname = any($1::pg_catalog.text[])
        or (n.nspname::pg_catalog.text, c.relname::pg_catalog.text) in
          (select * from rows from (pg_catalog.unnest($2::pg_catalog.text[]), pg_catalog.unnest($3::pg_catalog.text[]))))
      union
      select x.classid, x.objid from dependent p cross join lateral (
        select d.classid, d.objid from pg_catalog.pg_depend d
          where d.refclassid = p.classid and d.refobjid = p.objid and d.deptype in ('n', 'a', 'i')
        union all
        select 'pg_catalog.pg_class'::pg_catalog.regclass, r.ev_class from pg_catalog.pg_rewrite r
          where p.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass and r.oid = p.objid and r.rulename = '_RETURN'
      ) x
    )
    select classid::pg_catalog.int8 as class, objid::pg_catalog.int8 as object from dependent`,
    [schemas, tables.map((table) => table.schema), tables.map((table) => table.name)],
  );
  return new Set(rows.map((row) => `${row.class} ${row.object}`));
}
