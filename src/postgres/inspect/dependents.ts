import type { QualifiedName } from '../identifiers.ts';
import type { Session } from '../wire/session.ts';

/** Materialized views that show rows of these relations, directly or through other views, in refresh order. */
export async function readDependentMatviews(
  session: Session,
  oids: readonly number[],
): Promise<QualifiedName[]> {
  return session.query<{ schema: string; name: string }>(
    `with recursive dependent as (
      select r.ev_class as oid, 1 as depth
      from pg_catalog.pg_depend d
        join pg_catalog.pg_rewrite r on r.oid = d.objid and r.ev_class <> d.refobjid
      where d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
        and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
        and d.refobjid = any($1::pg_catalog.oid[])
      union
      select r.ev_class, dependent.depth + 1
      from dependent
        join pg_catalog.pg_depend d on d.refobjid = dependent.oid
          and d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
          and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
        join pg_catalog.pg_rewrite r on r.oid = d.objid and r.ev_class <> d.refobjid
      where dependent.depth < 100
    )
    select n.nspname as schema, c.relname as name
    from (select oid, pg_catalog.max(depth) as depth from dependent group by oid) m
      join pg_catalog.pg_class c on c.oid = m.oid
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'm' and c.relispopulated
    order by m.depth, n.nspname, c.relname`,
    [oids],
  );
}

/** The oids together with those of all their partition and inheritance ancestors. */
export async function withAncestors(session: Session, oids: readonly number[]): Promise<number[]> {
  const rows = await session.query<{ oid: string }>(
    `with recursive ancestor as (
      select o.oid from pg_catalog.unnest($1::pg_catalog.oid[]) o(oid)
      union
      select i.inhparent from ancestor join pg_catalog.pg_inherits i on i.inhrelid = ancestor.oid
    ) select oid::pg_catalog.int8 as oid from ancestor`,
    [oids],
  );
  return rows.map((row) => Number(row.oid));
}

/**
 * Which of these relations, and of those that foreign keys connect them with, have FORCE ROW LEVEL SECURITY, under
 * which not even their owner may COPY in or prove a key; of the latter only those that this role owns.
 */
export async function readForcedRowSecurity(
  session: Session,
  oids: readonly number[],
): Promise<QualifiedName[]> {
  return session.query<{ schema: string; name: string }>(
    `select n.nspname as schema, c.relname as name from pg_catalog.pg_class c
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.relrowsecurity and c.relforcerowsecurity and (c.oid = any($1::pg_catalog.oid[])
      or pg_catalog.pg_has_role(c.relowner, 'usage') and exists (select from pg_catalog.pg_constraint k
        where k.contype = 'f' and (k.conrelid = c.oid and k.confrelid = any($1::pg_catalog.oid[])
          or k.confrelid = c.oid and k.conrelid = any($1::pg_catalog.oid[]))))`,
    [oids],
  );
}

/** Which of these relations any publication sends to subscribers. */
export async function readPublishedTables(
  session: Session,
  oids: readonly number[],
): Promise<QualifiedName[]> {
  return session.query<{ schema: string; name: string }>(
    `select distinct n.nspname as schema, c.relname as name
    from pg_catalog.pg_publication p
      cross join lateral pg_catalog.pg_get_publication_tables(p.pubname) t
      join pg_catalog.pg_class c on c.oid = t.relid
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.oid = any($1::pg_catalog.oid[]) order by 1, 2`,
    [oids],
  );
}
