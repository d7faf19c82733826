import type { Session } from '../wire/session.ts';
import { operatorName, type QualifiedName } from '../identifiers.ts';

/** A foreign key, column by column. */
export interface Reference {
  /** Of the constraint; its schema is that of the table it is on. */
  constraint: QualifiedName;
  /** The table that it is on. */
  on: QualifiedName;
  /** Oid of the table that it is on, and of the one that it refers to. */
  child: number;
  parent: number;
  columns: string[];
  /** The columns of the parent. */
  referenced: string[];
  /** Which values are the same, with the parent's on the left: `operator("pg_catalog".=)`; one for each column. */
  equals: string[];
  deferrable: boolean;
}

/** Every foreign key of the database that is enforced, as its user declared it: those of partitions hang on it. */
export async function readReferenceKeys(session: Session): Promise<Reference[]> {
  const rows = await session.query<{
    schema: string;
    name: string;
    table: string;
    child: string;
    parent: string;
    columns: string[];
    referenced: string[];
    schemas: string[];
    operators: string[];
    deferrable: boolean;
  }>(
    // Before PostgreSQL 18 there is no column conenforced.
    `select n.nspname as schema, k.conname as name, c.relname as table, k.conrelid::pg_catalog.int8 as child,
       k.confrelid::pg_catalog.int8 as parent, ${attributes('k.conrelid', 'k.conkey')} as columns,
       ${attributes('k.confrelid', 'k.confkey')} as referenced, equal.schemas, equal.operators,
       k.condeferrable as deferrable
     from pg_catalog.pg_constraint k join pg_catalog.pg_namespace n on n.oid = k.connamespace
       join pg_catalog.pg_class c on c.oid = k.conrelid
       cross join lateral (
         select pg_catalog.array_agg(s.nspname::pg_catalog.text order by e.place) as schemas,
           pg_catalog.array_agg(o.oprname::pg_catalog.text order by e.place) as operators
         from pg_catalog.unnest(k.conpfeqop) with ordinality e(operator, place)
           join pg_catalog.pg_operator o on o.oid = e.operator
           join pg_catalog.pg_namespace s on s.oid = o.oprnamespace) equal
     where k.contype = 'f' and k.conparentid = 0
       and coalesce((pg_catalog.to_jsonb(k) ->> 'conenforced')::pg_catalog.bool, true)
     order by n.nspname, k.conrelid, k.conname`,
  );
  return rows.map(({ schema, name, table, schemas, operators, child, parent, ...key }) => ({
    ...key,
    constraint: { schema, name },
    on: { schema, name: table },
    child: Number(child),
    parent: Number(parent),
    equals: operators.map((operator, i) => operatorName(schemas[i]!, operator)),
  }));
}

function attributes(relation: string, numbers: string): string {
  return `array(select a.attname::pg_catalog.text from pg_catalog.unnest(${numbers}) with ordinality c(number, place)
    join pg_catalog.pg_attribute a on a.attrelid = ${relation} and a.attnum = c.number order by c.place)`;
}

/** Those of these tables that have rules, which act on INSERT and UPDATE. */
export async function readTablesWithRules(session: Session, oids: readonly number[]): Promise<number[]> {
  const rows = await session.query<{ oid: string }>(
    `select distinct r.ev_class::pg_catalog.int8 as oid from pg_catalog.pg_rewrite r
      where r.ev_class = any($1::pg_catalog.oid[]) and r.ev_enabled <> 'D'`,
    [oids],
  );
  return rows.map(({ oid }) => Number(oid));
}
