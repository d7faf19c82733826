import { readDependentMatviews } from '../../postgres/inspect/dependents.ts';
import { displayName, type QualifiedName } from '../../postgres/identifiers.ts';
import type { Session } from '../../postgres/wire/session.ts';

/**
 * Relations that other sessions cannot use during a restore in place: the tables it loads, the tables on the other side of
 * their foreign keys, which are dropped and added again, and the materialized views it refreshes.
 * @param tables the live ones that are restored
 * @param oids theirs, with those of their ancestors
 */
export async function lockedRelations(
  session: Session,
  tables: Iterable<QualifiedName>,
  oids: readonly number[],
): Promise<QualifiedName[]> {
  const related = await session.query<QualifiedName>(
    `select n.nspname as schema, c.relname as name
       from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where exists (
        select from pg_catalog.pg_constraint k
         where k.contype = 'f' and c.oid in (k.conrelid, k.confrelid)
           and (k.conrelid = any ($1::pg_catalog.oid[]) or k.confrelid = any ($1::pg_catalog.oid[])))
      order by 1, 2`,
    [oids],
  );
  const views = await readDependentMatviews(session, oids);
  const named = [...tables, ...related, ...views].map(
    (relation) => [displayName(relation), relation] as const,
  );
  return [...new Map(named).values()];
}
