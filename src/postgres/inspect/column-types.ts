import type { Session } from '../wire/session.ts';

/** A type of the live database as a column has it. */
export interface ColumnType {
  /** format_type() with its modifier: `numeric(10,2)`. */
  text: string;
  /** format_type() without: `numeric`. */
  name: string;
  /** atttypmod; -1 for none. */
  modifier: number;
  /** pg_type.typtype: b base, c composite, d domain, e enum, p pseudo, r range, m multirange. */
  kind: 'b' | 'c' | 'd' | 'e' | 'p' | 'r' | 'm';
  builtin: boolean;
  /** Of an array. */
  element: ColumnType | null;
  /** Of a domain: what it is over, and whether it or one below it has rules for its values. */
  domain: { of: ColumnType; constrained: boolean } | null;
  /** Of an enum. */
  labels: string[] | null;
}

/** A column of a live relation. */
export interface LiveColumn {
  name: string;
  type: ColumnType;
  notNull: boolean;
  identity: boolean;
  generated: boolean;
  /** The expression of its default; null without. */
  default: string | null;
  /** Qualified; null for that of its type. */
  collation: string | null;
}

/** The text of a type in a manifest, taken apart: only data, to be looked for in the catalog. */
export interface NamedType {
  text: string;
  name: string;
  modifier: number;
}

interface Row {
  oid: string;
  name: string;
  kind: ColumnType['kind'];
  builtin: boolean;
  element: string | null;
  base: string | null;
  base_modifier: number;
  base_text: string | null;
  constrained: boolean;
  labels: string[] | null;
}

/** The columns of these relations, in attribute order, with their types. */
export async function readLiveColumns(
  session: Session,
  oids: readonly number[],
): Promise<Map<number, LiveColumn[]>> {
  const rows = await session.query<{
    relation: string;
    name: string;
    type: string;
    modifier: number;
    text: string;
    not_null: boolean;
    identity: boolean;
    generated: boolean;
    default: string | null;
    collation: string | null;
  }>(
    `select a.attrelid::pg_catalog.int8 as relation, a.attname as name, a.atttypid::pg_catalog.int8 as type,
       a.atttypmod as modifier, pg_catalog.format_type(a.atttypid, a.atttypmod) as text, a.attnotnull as not_null,
       a.attidentity <> '' as identity, a.attgenerated <> '' as generated,
       pg_catalog.pg_get_expr(d.adbin, d.adrelid) as default,
       case when a.attcollation <> t.typcollation then
         (select pg_catalog.format('%I.%I', cn.nspname, co.collname) from pg_catalog.pg_collation co
           join pg_catalog.pg_namespace cn on cn.oid = co.collnamespace where co.oid = a.attcollation) end as collation
     from pg_catalog.pg_attribute a join pg_catalog.pg_type t on t.oid = a.atttypid
       left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
     where a.attrelid = any($1::pg_catalog.oid[]) and a.attnum > 0 and not a.attisdropped
     order by a.attrelid, a.attnum`,
    [oids],
  );
  const typeOf = await readTypes(session, [...new Set(rows.map(({ type }) => type))]);
  const found = new Map<number, LiveColumn[]>(oids.map((oid) => [oid, []]));
  for (const {
    relation,
    name,
    type,
    modifier,
    text,
    not_null,
    identity,
    generated,
    collation,
    ...row
  } of rows) {
    found.get(Number(relation))!.push({
      name,
      type: typeOf(type, modifier, text),
      notNull: not_null,
      identity,
      generated,
      default: generated ? null : row.default,
      collation,
    });
  }
  return found;
}

/**
 * The live types that PostgreSQL writes exactly like those of a manifest, by their texts. What is named so in the manifest
 * alone is not among them.
 */
export async function readNamedTypes(
  session: Session,
  named: readonly NamedType[],
): Promise<Map<string, ColumnType>> {
  const rows = await session.query<{ text: string; type: string; modifier: number }>(
    `select w.text, t.oid::pg_catalog.int8 as type, w.modifier
     from rows from (pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.text[]),
         pg_catalog.unnest($3::pg_catalog.int4[])) w(text, name, modifier)
       join pg_catalog.pg_type t on pg_catalog.format_type(t.oid, null) = w.name
         and pg_catalog.format_type(t.oid, w.modifier) = w.text`,
    [named.map(({ text }) => text), named.map(({ name }) => name), named.map(({ modifier }) => modifier)],
  );
  const typeOf = await readTypes(session, [...new Set(rows.map(({ type }) => type))]);
  return new Map(rows.map(({ text, type, modifier }) => [text, typeOf(type, modifier, text)]));
}

/** Types by their oids, with all they consist of. */
async function readTypes(
  session: Session,
  oids: readonly string[],
): Promise<(oid: string, modifier: number, text: string) => ColumnType> {
  const rows = await session.query<Row>(
    `with recursive used (oid) as (
       select u.oid from pg_catalog.unnest($1::pg_catalog.oid[]) u(oid)
       union
       select x.oid from used join pg_catalog.pg_type t on t.oid = used.oid
         cross join lateral (
           select t.typelem where t.typcategory = 'A' and t.typelem <> 0
           union all select t.typbasetype where t.typbasetype <> 0) as x (oid)
     )
     select t.oid::pg_catalog.int8 as oid, pg_catalog.format_type(t.oid, null) as name, t.typtype as kind,
       t.typnamespace = 'pg_catalog'::pg_catalog.regnamespace as builtin,
       case when t.typcategory = 'A' and t.typelem <> 0 then t.typelem::pg_catalog.int8 end as element,
       nullif(t.typbasetype, 0)::pg_catalog.int8 as base, t.typtypmod as base_modifier,
       case when t.typbasetype <> 0 then pg_catalog.format_type(t.typbasetype, t.typtypmod) end as base_text,
       t.typnotnull or exists (select from pg_catalog.pg_constraint c where c.contypid = t.oid) as constrained,
       (select pg_catalog.array_agg(e.enumlabel::pg_catalog.text order by e.enumsortorder)
         from pg_catalog.pg_enum e where e.enumtypid = t.oid) as labels
     from used join pg_catalog.pg_type t on t.oid = used.oid`,
    [oids],
  );
  const byOid = new Map(rows.map((row) => [row.oid, row]));
  const typeOf = (oid: string, modifier: number, text: string): ColumnType => {
    const row = byOid.get(oid);
    if (!row) throw new Error(`type ${oid} is not in the catalog`);
    const over = row.base === null ? null : typeOf(row.base, row.base_modifier, row.base_text!);
    return {
      text,
      name: row.name,
      modifier,
      kind: row.kind,
      builtin: row.builtin,
      // The modifier of an array is that of its elements. One type has arrays that are written otherwise: int2vector.
      element:
        row.element === null || !text.endsWith('[]')
          ? null
          : typeOf(row.element, modifier, text.slice(0, -2)),
      domain: over && { of: over, constrained: row.constrained || (over.domain?.constrained ?? false) },
      labels: row.kind === 'e' ? (row.labels ?? []) : null,
    };
  };
  return typeOf;
}
