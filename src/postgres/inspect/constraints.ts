import { quoteIdentifier, quoteLiteral, quoteName, type QualifiedName } from '../identifiers.ts';
import type { Session } from '../wire/session.ts';

/** A constraint as the user declared it; those PostgreSQL makes for partitions and children hang on it. */
export interface TableConstraint {
  table: QualifiedName;
  name: string;
  /** pg_get_constraintdef(): complete, with DEFERRABLE, NOT VALID and so on. */
  definition: string;
  comment: string | null;
}

/** Every foreign key from or to the relations with these oids. Partition ancestors must be among them. */
export function readForeignKeys(session: Session, oids: readonly number[]): Promise<TableConstraint[]> {
  return readConstraints(
    session,
    oids,
    `k.contype = 'f' and k.conparentid = 0
      and (k.conrelid = any($1::pg_catalog.oid[]) or k.confrelid = any($1::pg_catalog.oid[]))`,
  );
}

/**
 * CHECK and NOT NULL constraints that are NOT VALID: rows that were there before may break them, and cannot be
 * loaded again while they exist. Those a table has from a parent are found once the parent's are gone.
 */
export function readUnvalidated(session: Session, oids: readonly number[]): Promise<TableConstraint[]> {
  return readConstraints(
    session,
    oids,
    `k.contype in ('c', 'n') and not k.convalidated and k.coninhcount = 0 and k.conparentid = 0
      and k.conrelid = any($1::pg_catalog.oid[])`,
  );
}

/** What a child table has of a parent's constraint. */
export interface InheritedConstraint extends TableConstraint {
  /** Whether the child is a partition. */
  partition: boolean;
  validated: boolean;
}

/** The constraints that go with those of `readUnvalidated`, on the tables below; the lowest tables first. */
export async function readInherited(
  session: Session,
  oids: readonly number[],
): Promise<InheritedConstraint[]> {
  const rows = await session.query<{
    schema: string;
    table: string;
    name: string;
    definition: string;
    comment: string | null;
    partition: boolean;
    validated: boolean;
  }>(
    `with recursive tree(top, relation, depth) as (
      select k.oid, k.conrelid, 0 from pg_catalog.pg_constraint k
        where k.contype in ('c', 'n') and not k.convalidated and k.coninhcount = 0 and k.conparentid = 0
          and k.conrelid = any($1::pg_catalog.oid[])
      union select tree.top, i.inhrelid, tree.depth + 1
        from tree join pg_catalog.pg_inherits i on i.inhparent = tree.relation
    )
    select n.nspname as schema, c.relname as table, k.conname as name,
      pg_catalog.pg_get_constraintdef(k.oid) as definition,
      pg_catalog.obj_description(k.oid, 'pg_constraint') as comment,
      c.relispartition as partition, k.convalidated as validated
    from tree join pg_catalog.pg_constraint top on top.oid = tree.top
      join pg_catalog.pg_constraint k on k.conrelid = tree.relation and k.contype = top.contype and k.coninhcount > 0
      join pg_catalog.pg_class c on c.oid = k.conrelid
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where tree.depth > 0 and case k.contype when 'c' then k.conname = top.conname else
      (select a.attname from pg_catalog.pg_attribute a where a.attrelid = k.conrelid and a.attnum = k.conkey[1]) =
      (select a.attname from pg_catalog.pg_attribute a where a.attrelid = top.conrelid and a.attnum = top.conkey[1]) end
    order by tree.depth desc, n.nspname, c.relname, k.conname`,
    [oids],
  );
  return rows.map(({ schema, table, ...rest }) => ({ table: { schema, name: table }, ...rest }));
}

export function validateConstraint({ table, name }: TableConstraint): string {
  return `alter table ${quoteName(table)} validate constraint ${quoteIdentifier(name)}`;
}

async function readConstraints(
  session: Session,
  oids: readonly number[],
  condition: string,
): Promise<TableConstraint[]> {
  const rows = await session.query<{
    schema: string;
    table: string;
    name: string;
    definition: string;
    comment: string | null;
  }>(
    `select n.nspname as schema, c.relname as table, k.conname as name,
      pg_catalog.pg_get_constraintdef(k.oid) as definition,
      pg_catalog.obj_description(k.oid, 'pg_constraint') as comment
    from pg_catalog.pg_constraint k
      join pg_catalog.pg_class c on c.oid = k.conrelid
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where ${condition}
    order by n.nspname, c.relname, k.conname`,
    [oids],
  );
  return rows.map((row) => ({
    table: { schema: row.schema, name: row.table },
    name: row.name,
    definition: row.definition,
    comment: row.comment,
  }));
}

export function dropConstraint(constraint: TableConstraint): string {
  return `alter table ${quoteName(constraint.table)} drop constraint ${quoteIdentifier(constraint.name)}`;
}

/** Adds it again, which checks every row unless it was NOT VALID. */
export function addConstraint(constraint: TableConstraint): string {
  const table = quoteName(constraint.table);
  const name = quoteIdentifier(constraint.name);
  const add = `alter table ${table} add constraint ${name} ${constraint.definition}`;
  return constraint.comment === null
    ? add
    : `${add}; comment on constraint ${name} on ${table} is ${quoteLiteral(constraint.comment)}`;
}

export async function hasConstraint(session: Session, { table, name }: TableConstraint): Promise<boolean> {
  const found = await session.query(
    `select from pg_catalog.pg_constraint k
     where k.conrelid = $1::pg_catalog.regclass and k.conname = $2`,
    [quoteName(table), name],
  );
  return found.length > 0;
}

/**
 * CHECK and NOT NULL constraints of a table that every partition of it must have and this one does not, as they would
 * be for the partition. Before PostgreSQL 18 NOT NULL is none of them.
 */
export async function readLackingChecks(
  session: Session,
  parent: QualifiedName,
  partition: QualifiedName,
): Promise<TableConstraint[]> {
  const rows = await session.query<{ name: string; definition: string; comment: string | null }>(
    `select k.conname as name, pg_catalog.pg_get_constraintdef(k.oid) as definition, null as comment
     from pg_catalog.pg_constraint k
     where k.conrelid = $1::pg_catalog.regclass and k.contype in ('c', 'n') and not k.connoinherit
       and not exists (select from pg_catalog.pg_constraint own
         where own.conrelid = $2::pg_catalog.regclass and own.contype = k.contype
           and case k.contype when 'c' then own.conname = k.conname
             else (select a.attname from pg_catalog.pg_attribute a
                   where a.attrelid = own.conrelid and a.attnum = own.conkey[1])
               = (select a.attname from pg_catalog.pg_attribute a
                  where a.attrelid = k.conrelid and a.attnum = k.conkey[1]) end)
     order by k.conname`,
    [quoteName(parent), quoteName(partition)],
  );
  return rows.map((row) => ({ ...row, table: partition }));
}

/** Which of these tables refer to which others of them, by oid. */
export async function readReferences(
  session: Session,
  oids: readonly number[],
): Promise<{ from: number; to: number }[]> {
  const rows = await session.query<{ from: string; to: string }>(
    `select distinct k.conrelid::pg_catalog.int8 as from, k.confrelid::pg_catalog.int8 as to from pg_catalog.pg_constraint k
     where k.contype = 'f' and k.conrelid <> k.confrelid
       and k.conrelid = any($1::pg_catalog.oid[]) and k.confrelid = any($1::pg_catalog.oid[])`,
    [oids],
  );
  return rows.map((row) => ({ from: Number(row.from), to: Number(row.to) }));
}
