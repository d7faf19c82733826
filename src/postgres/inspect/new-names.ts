import { quoteName, type QualifiedName } from '../identifiers.ts';
import type { Session } from '../wire/session.ts';

/** A schema that tables are to be made in. */
export interface TargetSchema {
  name: string;
  exists: boolean;
  /** Whether this role may make tables in it, or make the schema. */
  usable: boolean;
}

export async function readTargetSchemas(session: Session, names: readonly string[]): Promise<TargetSchema[]> {
  return session.query<TargetSchema & Record<string, unknown>>(
    `select w.name, n.oid is not null as "exists",
       case when n.oid is null then pg_catalog.has_database_privilege(pg_catalog.current_database(), 'create')
         else pg_catalog.has_schema_privilege(n.oid, 'create') end as usable
     from pg_catalog.unnest($1::pg_catalog.text[]) w(name)
       left join pg_catalog.pg_namespace n on n.nspname = w.name`,
    [names],
  );
}

/** Every name in these schemas; those of array types move out of the way by themselves and are not among them. */
export async function readNames(
  session: Session,
  schemas: readonly string[],
): Promise<(QualifiedName & { space: 'relation' | 'type' | 'statistics' })[]> {
  return session.query(
    `select x.space, n.nspname as schema, x.name from pg_catalog.pg_namespace n cross join lateral (
       select 'relation' as space, c.relname as name from pg_catalog.pg_class c where c.relnamespace = n.oid
       union all
       select 'type', t.typname from pg_catalog.pg_type t where t.typnamespace = n.oid
         and not exists (select from pg_catalog.pg_type e where e.typarray = t.oid)
       union all
       select 'statistics', s.stxname from pg_catalog.pg_statistic_ext s where s.stxnamespace = n.oid) x
     where n.nspname = any($1::pg_catalog.text[])`,
    [schemas],
  );
}

/** Publications of all tables there are, or of all in one of these schemas, to which a new table belongs at once. */
export async function readWidePublications(session: Session, schemas: readonly string[]): Promise<string[]> {
  const bySchema =
    (await session.serverVersionNum()) >= 150000
      ? `or exists (select from pg_catalog.pg_publication_namespace s join pg_catalog.pg_namespace n on n.oid = s.pnnspid
           where s.pnpubid = p.oid and n.nspname = any($1::pg_catalog.text[]))`
      : `or $1::pg_catalog.text[] is null`;
  const rows = await session.query<{ name: string }>(
    `select p.pubname as name from pg_catalog.pg_publication p where p.puballtables ${bySchema} order by 1`,
    [schemas],
  );
  return rows.map(({ name }) => name);
}

/** What this transaction has made under these names. */
export interface MadeRelation {
  name: string;
  /** Null where the name leads to nothing, or to what this transaction has not made. */
  oid: number | null;
}

export async function readMade(session: Session, names: readonly QualifiedName[]): Promise<MadeRelation[]> {
  const rows = await session.query<{ name: string; oid: string | null }>(
    `select o.name, c.oid::pg_catalog.int8 as oid
     from pg_catalog.unnest($1::pg_catalog.text[]) with ordinality o(name, place)
       left join pg_catalog.pg_class c on c.oid = pg_catalog.to_regclass(o.name)
         and c.xmin = pg_catalog.pg_current_xact_id()::pg_catalog.xid
     order by o.place`,
    [names.map(quoteName)],
  );
  return rows.map(({ name, oid }) => ({ name, oid: oid === null ? null : Number(oid) }));
}

/** What an object refers to that is not among those which it was made with. */
export interface OutsideReference {
  object: string;
  refersTo: string;
}

/**
 * What these relations and types, and all that is part of them, depend on: relations and row types outside of them, and any of
 * the `forbidden` types. Every constant of the type regclass or regtype in a default, a check or an index counts.
 */
export async function readOutsideReferences(
  session: Session,
  relations: readonly QualifiedName[],
  types: readonly QualifiedName[],
  forbidden: readonly QualifiedName[],
): Promise<OutsideReference[]> {
  return session.query(
    `with given as (
       select pg_catalog.to_regclass(o.name)::pg_catalog.oid as oid from pg_catalog.unnest($1::pg_catalog.text[]) o(name)),
     types as (
       select t.oid, t.typarray, t.typrelid from pg_catalog.pg_type t
        where t.oid in (select pg_catalog.to_regtype(o.name)::pg_catalog.oid from pg_catalog.unnest($2::pg_catalog.text[]) o(name))),
     relations as (
       select oid from given union select typrelid from types where typrelid <> 0
       union select i.indexrelid from pg_catalog.pg_index i where i.indrelid in (select oid from given)),
     own as (
       select 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid as catalog, oid from relations
       union all select 'pg_catalog.pg_type'::pg_catalog.regclass, oid from types
       union all select 'pg_catalog.pg_type'::pg_catalog.regclass, typarray from types
       union all select 'pg_catalog.pg_type'::pg_catalog.regclass, t.oid from pg_catalog.pg_type t
         where t.typrelid in (select oid from relations)
       union all select 'pg_catalog.pg_type'::pg_catalog.regclass, t.typarray from pg_catalog.pg_type t
         where t.typrelid in (select oid from relations)
       union all select 'pg_catalog.pg_attrdef'::pg_catalog.regclass, d.oid from pg_catalog.pg_attrdef d
         where d.adrelid in (select oid from relations)
       union all select 'pg_catalog.pg_constraint'::pg_catalog.regclass, c.oid from pg_catalog.pg_constraint c
         where c.conrelid in (select oid from relations) or c.contypid in (select oid from types)
       union all select 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass, s.oid from pg_catalog.pg_statistic_ext s
         where s.stxrelid in (select oid from relations)
       union all select 'pg_catalog.pg_trigger'::pg_catalog.regclass, t.oid from pg_catalog.pg_trigger t
         where t.tgrelid in (select oid from relations)),
     forbidden as (
       select t.oid, t.typarray from pg_catalog.pg_type t
        where t.oid in (select pg_catalog.to_regtype(o.name)::pg_catalog.oid from pg_catalog.unnest($3::pg_catalog.text[]) o(name)))
     select distinct pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid) as object,
       pg_catalog.pg_describe_object(d.refclassid, d.refobjid, d.refobjsubid) as "refersTo"
     from own join pg_catalog.pg_depend d on d.classid = own.catalog and d.objid = own.oid
     where not exists (select from own o where o.catalog = d.refclassid and o.oid = d.refobjid)
       and (d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
         or (d.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass and (
           d.refobjid in (select oid from forbidden union all select typarray from forbidden)
           or exists (select from pg_catalog.pg_type t left join pg_catalog.pg_type e on e.typarray = t.oid
             join pg_catalog.pg_class c on c.oid = coalesce(nullif(t.typrelid, 0), e.typrelid)
             where t.oid = d.refobjid and c.relkind <> 'c'))))
     order by 1, 2`,
    [relations.map(quoteName), types.map(quoteName), forbidden.map(quoteName)],
  );
}
