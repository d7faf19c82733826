/** What tables beside the live ones are to be, found out by the server itself. */
import type pg from 'pg';
import type { ConnectionTarget } from '../../src/postgres/connection.ts';
import { quoteIdentifier } from '../../src/postgres/identifiers.ts';
import { dumpSchema } from '../../src/postgres/pg-dump/pg-dump.ts';

/** The definitions in a schema, as pg_dump writes them; in no order. */
export async function copiedDefinitions(database: ConnectionTarget, schema: string): Promise<string[]> {
  const { entries } = await dumpSchema(database, {
    excludeTables: [],
    excludeSchemas: [],
    onlySchemas: [schema],
  });
  return entries
    .filter(({ kind, name }) => kind !== 'SCHEMA' && !name.startsWith('SCHEMA '))
    .map(({ kind, sql, ownerSql }) => `${kind}: ${sql.trim()} ${ownerSql}`)
    .toSorted();
}

/**
 * Moves every table of a database, with the sequences that they draw from, into a new schema, without what no copy has:
 * triggers, policies, views.
 */
export async function movedDefinitions(
  client: pg.Client,
  database: ConnectionTarget,
  schema: string,
): Promise<string[]> {
  await client.query(`do $$ declare r record; begin
    for r in select n.nspname, c.relname, c.relkind from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('v', 'm') and n.nspname !~ '^pg_|^information_schema$' loop
      if to_regclass(format('%I.%I', r.nspname, r.relname)) is null then continue; end if;
      execute format('drop %s %I.%I cascade', case r.relkind when 'm' then 'materialized view' else 'view' end, r.nspname, r.relname);
    end loop;
    for r in select t.tgname, t.tgrelid::regclass as rel from pg_trigger t where not t.tgisinternal and t.tgparentid = 0 loop
      execute format('drop trigger %I on %s', r.tgname, r.rel);
    end loop;
    for r in select p.polname, p.polrelid::regclass as rel from pg_policy p loop
      execute format('drop policy %I on %s', r.polname, r.rel);
    end loop;
  end $$`);
  const into = quoteIdentifier(schema);
  const { rows } = await client.query<{ sql: string }>(`
    select format('alter %s %I.%I set schema ${into.replaceAll("'", "''")}', case c.relkind when 'S' then 'sequence' else 'table' end, n.nspname, c.relname) as sql
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname !~ '^pg_|^information_schema$' and (c.relkind in ('r', 'p') or c.relkind = 'S'
        and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype in ('a', 'i') and d.refclassid = 'pg_class'::regclass)
        and exists (select from pg_depend d where d.classid = 'pg_attrdef'::regclass and d.refobjid = c.oid))
    union all
    select format('alter statistics %I.%I set schema ${into.replaceAll("'", "''")}', n.nspname, s.stxname)
      from pg_statistic_ext s join pg_namespace n on n.oid = s.stxnamespace`);
  await client.query(`create schema ${into}; ${rows.map(({ sql }) => sql).join('; ')}`);
  return copiedDefinitions(database, schema);
}
