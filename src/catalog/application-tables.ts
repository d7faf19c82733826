import type { QualifiedName } from '../postgres/identifiers.ts';
import { HoldfastError } from '../base/errors.ts';
import type { Pool, Queryable } from '../postgres/pool.ts';

/** A table of the application, and its size as the catalog has it. */
export interface UserTable extends QualifiedName {
  kind: 'table' | 'partitioned' | 'partition';
  /** Of a partitioned table: those that hold rows, at any depth. */
  partitions: number;
  estimatedRows: number | null;
  totalBytes: number;
}

/** How long to wait for a table whose definition is being changed. */
const lockTimeoutMs = 500;
/** Asking for the size of the files takes a lock on the table; what the last VACUUM or ANALYZE wrote down needs none. */
const bytesOf = {
  files: 'coalesce(pg_catalog.pg_total_relation_size(c.oid), 0)',
  writtenDown: `(
    select pg_catalog.sum(r.relpages)::bigint * pg_catalog.current_setting('block_size')::bigint from pg_catalog.pg_class r
     where r.oid in (c.oid, c.reltoastrelid)
        or r.oid in (select i.indexrelid from pg_catalog.pg_index i where i.indrelid = c.oid))`,
};

/**
 * Every table that a backup may choose, but `own`. Sizes of a partitioned table are those of its partitions. Reads the
 * catalog and the sizes of files, and no table; while a table is locked, its size is an estimate.
 */
export async function userTables(pool: Pool, own: readonly QualifiedName[]): Promise<UserTable[]> {
  try {
    return await pool.transaction(async (connection) => {
      await connection.query(`set local lock_timeout = ${lockTimeoutMs}`);
      return readTables(connection, own, bytesOf.files);
    });
  } catch (error) {
    if (!(error instanceof HoldfastError) || error.code !== 'LOCK_TIMEOUT') throw error;
    return readTables(pool, own, bytesOf.writtenDown);
  }
}

function readTables(
  connection: Queryable,
  own: readonly QualifiedName[],
  bytes: string,
): Promise<UserTable[]> {
  return connection.query<UserTable>(
    `with tables as (
       select c.oid, n.nspname as schema, c.relname as name, c.relkind, c.relispartition,
         case when c.reltuples < 0 then null else c.reltuples::pg_catalog.float8 end as rows,
         case when c.relkind = 'r' then ${bytes} end as bytes
       from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
       where c.relkind in ('r', 'p') and c.relpersistence <> 't'
         and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
         and (n.nspname, c.relname) not in (select * from rows from (pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.text[]))))
     select t.schema, t.name,
       case when t.relkind = 'p' then 'partitioned' when t.relispartition then 'partition' else 'table' end as kind,
       coalesce(below.partitions, 0)::int as partitions,
       case when t.relkind = 'p' then below.rows else t.rows end as "estimatedRows",
       coalesce(case when t.relkind = 'p' then below.bytes else t.bytes end, 0)::bigint as "totalBytes"
     from tables t
     left join lateral (
       select pg_catalog.sum(l.rows) as rows, pg_catalog.sum(l.bytes) as bytes, pg_catalog.count(*) filter (where l.relkind = 'r') as partitions
       from pg_catalog.pg_partition_tree(t.oid) p join tables l on l.oid = p.relid
       where p.isleaf) below on t.relkind = 'p'
     order by t.schema, t.name`,
    [own.map(({ schema }) => schema), own.map(({ name }) => name)],
  );
}

/** The names of what a backup may be asked for by name: `userTables`, except those whose rows an extension creates. */
export function namedTables(pool: Queryable, own: readonly QualifiedName[]): Promise<QualifiedName[]> {
  return pool.query<QualifiedName>(
    `select n.nspname as schema, c.relname as name
       from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p') and c.relpersistence <> 't'
        and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
        and (n.nspname, c.relname) not in (
          select * from rows from (pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.text[])))
        and not exists (
          select from pg_catalog.pg_depend d join pg_catalog.pg_extension e on e.oid = d.refobjid
           where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid and d.objsubid = 0
             and d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass and d.deptype = 'e'
             and not coalesce(c.oid = any (e.extconfig), false))`,
    [own.map(({ schema }) => schema), own.map(({ name }) => name)],
  );
}

/** Which of `tables` the database does not have, by their place in the list. Reads the catalog once. */
export async function placesOfMissing(pool: Queryable, tables: readonly QualifiedName[]): Promise<number[]> {
  const rows = await pool.query<{ place: number }>(
    `select t.place::pg_catalog.int4 as place
     from rows from (pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.text[]))
       with ordinality
       as t(schema, name, place)
     where not exists (
       select from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
       where n.nspname = t.schema and c.relname = t.name and c.relkind in ('r', 'p'))
     order by t.place`,
    [tables.map(({ schema }) => schema), tables.map(({ name }) => name)],
  );
  return rows.map(({ place }) => place - 1);
}
