import assert from 'node:assert/strict';
import type pg from 'pg';
import { openClient, type ConnectionTarget } from '../../src/postgres/connection.ts';
import { displayName, quoteName } from '../../src/postgres/identifiers.ts';
import { dumpSchema } from '../../src/postgres/pg-dump/pg-dump.ts';

/** What a database holds, by the names of its parts, in a form that is equal when and only when the contents are. */
export type Contents = Map<string, string>;

export interface DatabaseState {
  schema: string;
  contents: Contents;
}

export interface CompareOptions {
  /** Whole schemas, and relations as `schema.name`, that are left out on both sides. */
  except?: string[];
}

/** The schema as pg_dump writes it, in its order, less what differs between two equal databases: OIDs and dump ids. */
export async function schemaScript(
  target: ConnectionTarget,
  { except = [] }: CompareOptions = {},
): Promise<string> {
  const excludeSchemas = except.filter((name) => !name.includes('.'));
  const { preamble, entries } = await dumpSchema(target, { excludeTables: [], excludeSchemas });
  const parts = entries.map(({ section, kind, schema, name, owner, sql, ownerSql }) => {
    const header = { section, kind, schema, name, owner };
    return `-- ${JSON.stringify(header)}\n${sql.trim()}\n${ownerSql}\n`;
  });
  return [preamble, ...parts].join('\n');
}

/** Text forms that lose nothing: what COPY would write, whatever the session had set. */
const exactText = `
  set local datestyle = 'ISO'; set local intervalstyle = 'postgres'; set local extra_float_digits = 3;
  set local bytea_output = 'hex'; set local timezone = 'UTC'; set local lc_monetary = 'C';
  set local search_path = ''; set local row_security = off; set local jit = off; set local statement_timeout = 0;
`;

interface Relation {
  schema: string;
  name: string;
  kind: 'r' | 'm' | 'S' | 'p';
  populated: boolean;
}

/**
 * Whatever has storage. The hash of an enum value depends on its OID, so below a table that is partitioned by one
 * rows may lie elsewhere in an equal database: such a table stands for all of its partitions.
 */
const relationsQuery = `
  with moving as (
    select p.partrelid as id from pg_catalog.pg_partitioned_table p
    join pg_catalog.pg_attribute a on a.attrelid = p.partrelid and a.attnum = any (p.partattrs::int2[])
    join pg_catalog.pg_type t on t.oid = a.atttypid
    where p.partstrat = 'h' and t.typtype = 'e'
  ), below as (
    select tree.relid as id from moving, pg_partition_tree(moving.id) tree where tree.relid <> moving.id
  )
  select n.nspname as schema, c.relname as name, c.relkind as kind, c.relispopulated as populated
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where (c.relkind in ('r', 'm', 'S') or c.oid in (select id from moving))
    and c.relpersistence <> 't' and c.oid not in (select id from below)
    and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
  order by 1, 2`;

/**
 * Counts the rows of everything that has storage and sums a SHA-256 of every row's text, 64 bits at a time: the order of rows
 * does not matter, and any other difference does. With sequences' states and large objects.
 */
export async function contents(client: pg.Client, { except = [] }: CompareOptions = {}): Promise<Contents> {
  const found: Contents = new Map();
  await client.query('begin isolation level repeatable read read only');
  try {
    await client.query(exactText);
    for (const relation of (await client.query<Relation>(relationsQuery)).rows) {
      const name = displayName(relation);
      if (except.includes(name) || except.includes(relation.schema)) continue;
      if (relation.kind === 'S') {
        found.set(`sequence ${name}`, await firstLine(client, sequenceQuery(relation)));
      } else if (!relation.populated) {
        found.set(`table ${name}`, 'not populated');
      } else {
        found.set(`table ${name}`, await firstLine(client, digestQuery(relation)));
      }
    }
    const objects = await client.query<{ oid: string; state: string }>(largeObjectsQuery);
    for (const { oid, state } of objects.rows) found.set(`large object ${oid}`, state);
  } finally {
    await client.query('rollback');
  }
  return found;
}

function sequenceQuery(sequence: Relation): string {
  return `select format('last_value %s, is_called %s', last_value, is_called) as line from ${quoteName(sequence)}`;
}

/** `(t.*)::text` is the row whatever its columns are called; even a column named t does not get in the way. */
function digestQuery(table: Relation): string {
  const only = table.kind === 'p' ? '' : 'only';
  const parts = [1, 9, 17, 25].map(
    (from) => `sum(('x' || encode(substr(digest, ${from}, 8), 'hex'))::bit(64)::bigint)`,
  );
  return `
    with hashed as materialized (select sha256(convert_to((t.*)::text, 'UTF8')) as digest from ${only} ${quoteName(table)} as t)
    select format('%s rows, sum %s %s %s %s', count(*), ${parts.join(', ')}) as line from hashed`;
}

const largeObjectsQuery = `
  select oid::text, format('owner %s, acl %s, comment %L, %s bytes, %s', lomowner::regrole,
    (select array_agg(a::text order by a::text collate "C") from unnest(lomacl) a), obj_description(oid, 'pg_largeobject'),
    length(lo_get(oid)), encode(sha256(lo_get(oid)), 'hex')) as state
  from pg_catalog.pg_largeobject_metadata order by oid`;

async function firstLine(client: pg.Client, query: string): Promise<string> {
  const { rows } = await client.query<{ line: string }>(query);
  return rows[0]?.line ?? 'nothing';
}

/** Everything that `assertSameState` looks at. */
export async function databaseState(
  target: ConnectionTarget,
  options: CompareOptions = {},
): Promise<DatabaseState> {
  const client = await openClient(target, { applicationName: 'test' });
  try {
    return { schema: await schemaScript(target, options), contents: await contents(client, options) };
  } finally {
    await client.end();
  }
}

/** @throws AssertionError naming the first lines of the schema and every table, sequence and large object that differ */
export function assertSameState(actual: DatabaseState, expected: DatabaseState): void {
  const problems = [
    ...scriptDifferences(actual.schema, expected.schema),
    ...contentDifferences(actual.contents, expected.contents),
  ];
  assert.ok(problems.length === 0, `The databases differ:\n${problems.join('\n')}`);
}

export function contentDifferences(actual: Contents, expected: Contents): string[] {
  const problems: string[] = [];
  for (const name of new Set([...expected.keys(), ...actual.keys()])) {
    const [is, should] = [actual.get(name) ?? 'absent', expected.get(name) ?? 'absent'];
    if (is !== should) problems.push(`${name}\n  is     ${is}\n  should be ${should}`);
  }
  return problems;
}

function scriptDifferences(actual: string, expected: string): string[] {
  if (actual === expected) return [];
  const [is, should] = [actual.split('\n'), expected.split('\n')];
  let first = 0;
  while (is[first] === should[first]) first++;
  const around = (lines: string[]): string => lines.slice(Math.max(0, first - 8), first + 12).join('\n');
  return [
    `The schemas differ from line ${first + 1}. It is\n${around(is)}\n\nbut should be\n${around(should)}`,
  ];
}

/** Compares schema and contents of two databases. @throws AssertionError that names what differs, and some of the rows */
export async function assertSameDatabase(
  actual: ConnectionTarget,
  expected: ConnectionTarget,
  options: CompareOptions = {},
): Promise<void> {
  const [is, should] = [await databaseState(actual, options), await databaseState(expected, options)];
  try {
    assertSameState(is, should);
  } catch (error) {
    const tables = [...should.contents.keys()].filter(
      (name) => name.startsWith('table ') && is.contents.get(name) !== should.contents.get(name),
    );
    const examples: string[] = [];
    for (const name of tables.slice(0, 5)) {
      const [left, right] = [await someRows(actual, name), await someRows(expected, name)];
      examples.push(
        ...left
          .filter((row) => !right.includes(row))
          .slice(0, 3)
          .map((row) => `${name} has wrongly ${row}`),
        ...right
          .filter((row) => !left.includes(row))
          .slice(0, 3)
          .map((row) => `${name} lacks ${row}`),
      );
    }
    if (error instanceof Error) error.message += `\n${examples.join('\n')}`;
    throw error;
  }
}

/** The first 2 000 rows of a table as text, cut to 500 characters each. Empty where there is no such table. */
async function someRows(target: ConnectionTarget, label: string): Promise<string[]> {
  const client = await openClient(target, { applicationName: 'test' });
  try {
    await client.query('begin');
    await client.query(exactText);
    const table = (await client.query<Relation>(relationsQuery)).rows.find(
      (relation) => `table ${displayName(relation)}` === label,
    );
    if (!table?.populated) return [];
    const rows = await client.query<{ line: string }>(
      `select left((t.*)::text, 500) as line from ${quoteName(table)} as t order by 1 limit 2000`,
    );
    return rows.rows.map(({ line }) => line);
  } finally {
    await client.end();
  }
}
