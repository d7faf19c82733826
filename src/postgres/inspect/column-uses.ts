import type { QualifiedName } from '../identifiers.ts';
import type { Session } from '../wire/session.ts';

/** A column that the definition of an object needs. */
export interface ColumnUse {
  /** The catalog of the object and its oid there; of what a view selects that of the view. */
  catalogOid: number;
  oid: number;
  relation: QualifiedName;
  column: string;
  /** format_type() */
  type: string;
}

/** Which objects need which columns of these relations: views, foreign keys, functions, triggers, policies, rules, indexes. */
export async function readColumnUses(session: Session, oids: readonly number[]): Promise<ColumnUse[]> {
  const rows = await session.query<{
    catalog: string;
    object: string;
    schema: string;
    name: string;
    column: string;
    type: string;
  }>(
    `select distinct
       (case when r.oid is null then d.classid else 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid end)::pg_catalog.int8
         as catalog,
       coalesce(r.ev_class, d.objid)::pg_catalog.int8 as object,
       n.nspname as schema, c.relname as name, a.attname as column,
       pg_catalog.format_type(a.atttypid, a.atttypmod) as type
     from pg_catalog.pg_depend d
       join pg_catalog.pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
       join pg_catalog.pg_class c on c.oid = d.refobjid
       join pg_catalog.pg_namespace n on n.oid = c.relnamespace
       left join pg_catalog.pg_rewrite r on d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
         and r.oid = d.objid and r.rulename = '_RETURN'
     where d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.refobjid = any($1::pg_catalog.oid[])
       and d.refobjsubid > 0`,
    [oids],
  );
  return rows.map(({ catalog, object, schema, name, column, type }) => ({
    catalogOid: Number(catalog),
    oid: Number(object),
    relation: { schema, name },
    column,
    type,
  }));
}
