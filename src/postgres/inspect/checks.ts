import { quoteIdentifier, quoteLiteral, quoteName, type QualifiedName } from '../identifiers.ts';
import type { Session } from '../wire/session.ts';

/** A validated CHECK constraint of a table or of a domain, as the user declared it. */
export interface CheckConstraint {
  on: QualifiedName & { kind: 'table' | 'domain' };
  name: string;
  /** pg_get_constraintdef(). */
  definition: string;
  comment: string | null;
}

/** Whether a constraint calls what a user made, directly or by an operator. An extension brings its functions with it. */
const callsUserFunction = `exists (select from pg_catalog.pg_depend f
  where f.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass and f.objid = k.oid
    and f.refclassid in ('pg_catalog.pg_proc'::pg_catalog.regclass, 'pg_catalog.pg_operator'::pg_catalog.regclass)
    and not exists (select from pg_catalog.pg_depend e
      where e.classid = f.refclassid and e.objid = f.refobjid and e.deptype = 'e'))`;

/** A constraint of an extension is the extension's affair. */
const ofExtension = (classid: string, objid: string): string =>
  `exists (select from pg_catalog.pg_depend e where e.classid = '${classid}'::pg_catalog.regclass
    and e.objid = ${objid} and e.deptype = 'e')`;

/**
 * PostgreSQL cannot check a domain's new constraint where a column holds the domain inside of another type: in an
 * array, a row or a range.
 */
const domainInsideOtherType = `exists (select from pg_catalog.pg_attribute a
    join pg_catalog.pg_class c on c.oid = a.attrelid and c.relkind in ('r', 'p', 'm', 'f', 'c')
    where not a.attisdropped and (a.atttypid = t.typarray or c.relkind = 'c' and a.atttypid = t.oid))
  or exists (select from pg_catalog.pg_range r where r.rngsubtype = t.oid)`;

export interface ChecksWanted {
  /** Those of these tables and of the domains of their columns; null for every table and domain of the database. */
  oids: readonly number[] | null;
  /** Whether only those are meant that call a function which a user made, and so may read other tables. */
  calling: boolean;
}

/** Those that a table has from a parent are found once the parent's are gone. */
export async function readChecks(
  session: Session,
  { oids, calling }: ChecksWanted,
): Promise<CheckConstraint[]> {
  const rows = await session.query<{
    kind: 'table' | 'domain';
    schema: string;
    on: string;
    name: string;
    definition: string;
    comment: string | null;
  }>(checksQuery('$1::pg_catalog.oid[]', '$2::pg_catalog.bool'), [oids, calling]);
  return rows.map(({ kind, schema, on, ...rest }) => ({ on: { kind, schema, name: on }, ...rest }));
}

/**
 * What `readChecks` asks: kind, schema, on, name, definition, comment.
 * @param oids SQL of an array of oids or null
 * @param calling SQL of a boolean
 */
export function checksQuery(oids: string, calling: string): string {
  return `with recursive used(oid) as (
      select a.atttypid from pg_catalog.pg_attribute a
        where a.attrelid = any(${oids}) and a.attnum > 0 and not a.attisdropped
      union select t.typbasetype from used join pg_catalog.pg_type t on t.oid = used.oid and t.typtype = 'd'
    )
    select 'table' as kind, n.nspname as schema, c.relname as "on", k.conname as name,
      pg_catalog.pg_get_constraintdef(k.oid) as definition,
      pg_catalog.obj_description(k.oid, 'pg_constraint') as comment
    from pg_catalog.pg_constraint k
      join pg_catalog.pg_class c on c.oid = k.conrelid and c.relkind in ('r', 'p')
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where k.contype = 'c' and k.convalidated and k.coninhcount = 0 and k.conparentid = 0
      and (${oids} is null or c.oid = any(${oids}))
      and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
      and not ${ofExtension('pg_catalog.pg_class', 'c.oid')}
      and (not ${calling} or ${callsUserFunction})
    union all
    select 'domain', n.nspname, t.typname, k.conname, pg_catalog.pg_get_constraintdef(k.oid),
      pg_catalog.obj_description(k.oid, 'pg_constraint')
    from pg_catalog.pg_constraint k
      join pg_catalog.pg_type t on t.oid = k.contypid
      join pg_catalog.pg_namespace n on n.oid = t.typnamespace
    where k.contype = 'c' and k.convalidated
      and (${oids} is null or t.oid in (select oid from used))
      and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
      and not ${ofExtension('pg_catalog.pg_type', 't.oid')}
      and not (${domainInsideOtherType})
      and (not ${calling} or ${callsUserFunction})
    order by 1, 2, 3, 4`;
}

function alter({ on }: CheckConstraint): string {
  return `alter ${on.kind} ${quoteName(on)}`;
}

export function dropCheck(check: CheckConstraint): string {
  return `${alter(check)} drop constraint ${quoteIdentifier(check.name)}`;
}

/** Adds it again without a look at the rows. */
export function addCheckNotValid(check: CheckConstraint): string {
  const name = quoteIdentifier(check.name);
  const add = `${alter(check)} add constraint ${name} ${check.definition} not valid`;
  if (check.comment === null) return add;
  const on = `${check.on.kind === 'domain' ? 'domain ' : ''}${quoteName(check.on)}`;
  return `${add}; comment on constraint ${name} on ${on} is ${quoteLiteral(check.comment)}`;
}

export function validateCheck(check: CheckConstraint): string {
  return `${alter(check)} validate constraint ${quoteIdentifier(check.name)}`;
}
