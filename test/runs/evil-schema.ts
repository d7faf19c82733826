import type pg from 'pg';
import { quoteIdentifier, quoteLiteral } from '../../src/postgres/identifiers.ts';
import { sourceTexts } from '../support/source-texts.ts';

/** Stand in for a polymorphic argument, where an overload of the exact type would be the better match. As format_type() spells them. */
const concreteTypes = [
  'text',
  'name',
  'integer',
  'bigint',
  'oid',
  'bytea',
  'boolean',
  'jsonb',
  'timestamp with time zone',
  'uuid',
  '"char"',
];
const polymorphic: Record<string, (type: string) => string> = {
  '"any"': (type) => type,
  anyelement: (type) => type,
  anynonarray: (type) => type,
  anycompatible: (type) => type,
  anycompatiblenonarray: (type) => type,
  anyarray: (type) => `${type}[]`,
  anycompatiblearray: (type) => `${type}[]`,
};

interface Signature {
  name: string;
  arguments: string[];
  result: string;
  variadic: boolean;
}

/**
 * SQL that makes a schema `evil` with a function for each of the server's own that our sources may call, of the same name
 * and types, and so with every operator, type and relation. Each of them raises `alarm`.
 */
export async function evilSchema(client: pg.Client, alarm: string): Promise<string> {
  const words = new Set<string>();
  const symbols = new Set<string>();
  for (const { text } of sourceTexts()) {
    for (const [word] of text.matchAll(/[a-z_]\w*/gi)) words.add(word.toLowerCase());
    for (const [symbol] of text.matchAll(/[-+*/<>=~!@#%^&|`?]+/g)) symbols.add(symbol);
  }
  const body = (what: string): string =>
    `language plpgsql as ${quoteLiteral(`begin raise exception '%', ${quoteLiteral(`${alarm}: ${what}`)}; end`)}`;

  const functions = (
    await client.query<Signature>(
      `select p.proname as name, p.provariadic <> 0 as variadic,
         array(select pg_catalog.format_type(t, null) from unnest(p.proargtypes) with ordinality a(t, n) order by n) as arguments,
         case when r.typtype = 'p' then 'pg_catalog.text' else pg_catalog.format_type(r.oid, null) end as result
       from pg_proc p join pg_type r on r.oid = p.prorettype
       where p.pronamespace = 'pg_catalog'::regnamespace and p.proname = any ($1) and p.prokind in ('f', 'a', 'w')
         and not exists (select from unnest(p.proargtypes) t where t in ('internal'::regtype, 'cstring'::regtype))`,
      [[...words]],
    )
  ).rows;
  const operators = (
    await client.query<Signature>(
      `select o.oprname as name, false as variadic,
         array[case when o.oprleft = 0 then null else pg_catalog.format_type(o.oprleft, null) end,
           pg_catalog.format_type(o.oprright, null)] as arguments,
         case when r.typtype = 'p' then 'pg_catalog.text' else pg_catalog.format_type(r.oid, null) end as result
       from pg_operator o join pg_type r on r.oid = o.oprresult
       where o.oprnamespace = 'pg_catalog'::regnamespace and o.oprname = any ($1)`,
      [[...symbols]],
    )
  ).rows;
  const types = (
    await client.query<{ name: string }>(
      `select typname as name from pg_type where typnamespace = 'pg_catalog'::regnamespace and typtype = 'b'
         and typname = any ($1)`,
      [[...words]],
    )
  ).rows;
  const relations = (
    await client.query<{ name: string; columns: string }>(
      // No view may have a column of type anyarray, not even within a column of statistics.
      `select c.relname as name, string_agg(quote_ident(a.attname), ', ' order by a.attnum) as columns
       from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
         and a.atttypid not in ('anyarray'::regtype, 'pg_statistic[]'::regtype)
       where c.relnamespace = 'pg_catalog'::regnamespace and c.relkind in ('r', 'v') and c.relname = any ($1)
       group by c.relname`,
      [[...words]],
    )
  ).rows;

  // As an aggregate below; a function of that name and no arguments would be in its way.
  const made = new Set<string>(['evil."count"()']);
  const statements = [
    'create schema evil',
    'grant usage on schema evil to public',
    // Everything below is spelt with the server's own.
    `set search_path = ''`,
    'set check_function_bodies = off',
  ];
  for (const { name, arguments: types, result } of functions.flatMap(concretely)) {
    const signature = `evil.${quoteIdentifier(name)}(${types.join(', ')})`;
    if (made.has(signature)) continue;
    made.add(signature);
    statements.push(`create function ${signature} returns ${result} ${body(`function ${name}`)}`);
  }
  statements.push(
    `create function evil.alarm_step(pg_catalog.int8) returns pg_catalog.int8 ${body('aggregate count(*)')}`,
    `create aggregate evil.count(*) (sfunc = evil.alarm_step, stype = pg_catalog.int8)`,
  );
  for (const { name, arguments: types, result } of operators.flatMap(concretely)) {
    const [left, right] = types as [string | null, string];
    const signature = `${left ?? ''} ${name} ${right}`;
    if (made.has(signature)) continue;
    made.add(signature);
    const support = `evil.alarm_operator_${made.size}`;
    const given = [left, right].filter((type) => type !== null);
    statements.push(
      `create function ${support}(${given.join(', ')}) returns ${result} ${body(`operator ${signature}`)}`,
      `create operator evil.${name} (function = ${support}, ${left === null ? '' : `leftarg = ${left}, `}rightarg = ${right})`,
    );
  }
  statements.push(
    `create function evil.alarm_type(pg_catalog.text) returns pg_catalog.bool ${body('type')}`,
    ...types.map(
      ({ name }) =>
        `create domain evil.${quoteIdentifier(name)} as pg_catalog.${quoteIdentifier(name)} check (evil.alarm_type(${quoteLiteral(name)}))`,
    ),
    `create function evil.alarm_relation(pg_catalog.text) returns pg_catalog.bool ${body('relation')}`,
    ...relations.map(
      ({ name, columns }) =>
        `create view evil.${quoteIdentifier(name)} as select ${columns} from pg_catalog.${quoteIdentifier(name)} where evil.alarm_relation(${quoteLiteral(name)})`,
    ),
    'reset all',
  );
  return statements.join(';\n');
}

/** A signature for each type that a polymorphic argument may stand for. */
function concretely(signature: Signature): Signature[] {
  if (!signature.arguments.some((type) => type in polymorphic)) return [signature];
  return concreteTypes.map((type) => {
    const concrete = signature.arguments.map((each) => polymorphic[each]?.(type) ?? each);
    if (signature.variadic) concrete[concrete.length - 1] = `variadic ${type}[]`;
    return { ...signature, arguments: concrete };
  });
}
