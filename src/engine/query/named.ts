import type { QualifiedName } from '../../postgres/identifiers.ts';
import type { Session } from '../../postgres/wire/session.ts';

/** A table (`r`), partitioned table (`p`) or materialized view (`m`) that a statement reads. */
export interface NamedRelation extends QualifiedName {
  kind: 'r' | 'p' | 'm';
}

/**
 * What the statement under way on a connection has named so far: the server locks every relation that it plans to read or reads,
 * through views, partitions, subqueries and functions alike, until the transaction ends.
 * @param session another one, in the same database
 * @param pid of the connection
 */
export function lockedRelations(session: Session, pid: number): Promise<NamedRelation[]> {
  return session.query<NamedRelation>(
    `select distinct n.nspname as schema, c.relname as name, c.relkind as kind
      from pg_catalog.pg_locks l
        join pg_catalog.pg_class c on c.oid = l.relation
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where l.pid = $1 and l.locktype = 'relation'
        and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())
        and c.relkind in ('r', 'p', 'm') and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'`,
    [pid],
  );
}

/** Which of some tables the text of any function of the backup has the name of. */
export async function namedInFunctions<T extends QualifiedName>(
  session: Session,
  tables: readonly T[],
): Promise<T[]> {
  const found = await session.query<{ name: string }>(
    `select distinct t.name from pg_catalog.unnest($1::pg_catalog.text[]) as t(name)
      where exists (select from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
        where n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
          and pg_catalog.strpos(pg_catalog.lower(p.prosrc), pg_catalog.lower(t.name)) > 0)`,
    [tables.map(({ name }) => name)],
  );
  const names = new Set(found.map(({ name }) => name));
  return tables.filter(({ name }) => names.has(name));
}
