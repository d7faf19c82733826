import type { Session } from '../wire/session.ts';

/**
 * COPY, LOCK and TRUNCATE name a table, and a name says which one only while nobody renames anything. A lock holds a
 * table's own name; nothing holds that of its schema: ALTER SCHEMA … RENAME waits for no lock on a table. So it is
 * found out afterwards whether it has happened. docs/decisions has why this is enough.
 */

/** The first oid of an object that is not PostgreSQL's own. */
const firstUserOid = 16_384;

/**
 * Whether the row `n` of pg_namespace that the snapshot shows is still the newest one, and still has its name. Any
 * change of a schema, a rename as well as a GRANT, makes a new row; currtid2() finds it under any snapshot.
 */
const unchanged = `pg_catalog.currtid2('pg_catalog.pg_namespace', n.ctid) = n.ctid
  and coalesce(pg_catalog.to_regnamespace(pg_catalog.quote_ident(n.nspname))::pg_catalog.oid = n.oid, false)`;

const heldByUs = `l.locktype = 'relation' and l.granted and l.pid = pg_catalog.pg_backend_pid()
  and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())
  and l.relation >= ${firstUserOid}`;

/**
 * One row with one value: null when what was locked and read under these names, all in this schema and since the last
 * savepoint, were the relations with these oids, and no others; else what is wrong. Where the schema has not changed
 * since the snapshot, that alone proves it. Else it is asked which relations the connection holds locks on: only in
 * one schema after another, or two that changed places would not show.
 */
export function confirmRead(schemaOid: number, oids: readonly number[]): string {
  const expected = `'{${oids.join(',')}}'::pg_catalog.oid[]`;
  return `select case when (select ${unchanged} from pg_catalog.pg_namespace n where n.oid = ${schemaOid}) then null else (
    with held as (select distinct l.relation as oid from pg_catalog.pg_locks l where ${heldByUs}),
    wrong as (
      select e.oid, 'not read' as how from pg_catalog.unnest(${expected}) e(oid)
        where e.oid not in (select h.oid from held h)
      union all
      select h.oid, 'read instead' from held h
        where h.oid <> all (${expected}) and pg_catalog.pg_get_indexdef(h.oid) is null
          and h.oid not in (select c.reltoastrelid from pg_catalog.pg_class c where c.oid = any (${expected})))
    select pg_catalog.string_agg(coalesce(w.oid::pg_catalog.regclass::pg_catalog.text, w.oid::pg_catalog.text)
      || ' was ' || w.how, ', ') from wrong w) end`;
}

/** The same without a look at locks, for a connection that holds those of every table. */
export function confirmSchema(schemaOid: number): string {
  return `select case when (select ${unchanged} from pg_catalog.pg_namespace n where n.oid = ${schemaOid}) then null
    else 'its schema was renamed or otherwise altered' end`;
}

/** Of these relations those on which this connection holds a lock. */
export async function heldRelations(session: Session, oids: readonly number[]): Promise<Set<number>> {
  const rows = await session.query<{ oid: string }>(
    `select distinct l.relation::pg_catalog.int8 as oid from pg_catalog.pg_locks l
     where ${heldByUs} and l.relation = any ($1::pg_catalog.oid[])`,
    [oids],
  );
  return new Set(rows.map((row) => Number(row.oid)));
}

/** The newest row of a schema, as long as it has the name that the snapshot shows; null when it was renamed or dropped. */
export type SchemaVersions = Map<string, string | null>;

/** By name, of every schema but the system's. */
export async function readSchemaVersions(session: Session): Promise<SchemaVersions> {
  const rows = await session.query<{ name: string; version: string | null }>(
    `select n.nspname as name, case when pg_catalog.to_regnamespace(pg_catalog.quote_ident(n.nspname))::pg_catalog.oid = n.oid
       then pg_catalog.currtid2('pg_catalog.pg_namespace', n.ctid)::pg_catalog.text || ' ' || n.xmin::pg_catalog.text end as version
     from pg_catalog.pg_namespace n where n.nspname <> 'information_schema' and n.nspname !~ '^pg_'`,
  );
  return new Map(rows.map(({ name, version }) => [name, version]));
}

/** The names of those that were renamed, dropped or altered between two looks, or had another name at the first. */
export function changedSchemas(before: SchemaVersions, after: SchemaVersions): string[] {
  return [...before]
    .filter(([name, version]) => version === null || version !== after.get(name))
    .map(([name]) => name);
}
