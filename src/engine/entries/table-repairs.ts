import type { SchemaEntry } from '../../format/manifest.ts';
import { unquoted } from '../../base/quoted-name.ts';

/**
 * What a table lost that pg_dump has no entry of its own for, because it writes it into CREATE TABLE: defaults of
 * columns, CHECK and NOT NULL. DROP … CASCADE of a function or sequence takes such things along.
 */
export interface TableRepair {
  kind: 'DEFAULT' | 'CHECK CONSTRAINT' | 'CONSTRAINT';
  /** Of the column or constraint. */
  name: string;
  sql: string;
}

export interface TableRepairs {
  repairs: TableRepair[];
  /** Whether the table is then defined as in the backup. */
  complete: boolean;
}

/**
 * The statements that give a table what its definition in the backup has and the live one lacks. What both have and
 * is different stays.
 */
export function tableRepairs(backup: string, live: string): TableRepairs {
  const [then, now] = [parseTable(backup), parseTable(live)];
  if (!then || !now) return { repairs: [], complete: false };
  const alter = `ALTER TABLE ${then.name}`;
  const repairs: TableRepair[] = [];
  let complete =
    then.rest === now.rest &&
    then.columns.size === now.columns.size &&
    [...now.constraints].every(([name, item]) => then.constraints.get(name) === item);
  for (const [name, item] of then.constraints) {
    if (now.constraints.has(name)) continue;
    const kind = / CHECK \(/.test(item) ? 'CHECK CONSTRAINT' : 'CONSTRAINT';
    repairs.push({ kind, name: unquoted(name), sql: `${alter} ADD ${item};` });
  }
  for (const [name, item] of then.columns) {
    const present = now.columns.get(name);
    if (present === item) continue;
    const was = parseColumn(item);
    const is = present === undefined ? undefined : parseColumn(present);
    const same = (one: string | undefined, other: string | undefined): boolean =>
      other === undefined || one === other;
    if (was.rest !== is?.rest || !same(was.default, is.default) || !same(was.notNull, is.notNull)) {
      complete = false;
    }
    if (was.rest !== is?.rest) continue;
    if (was.default !== undefined && is.default === undefined) {
      const sql = `ALTER TABLE ONLY ${then.name} ALTER COLUMN ${name} SET DEFAULT ${was.default};`;
      repairs.push({ kind: 'DEFAULT', name: unquoted(name), sql });
    }
    if (was.notNull !== undefined && is.notNull === undefined) {
      const constraint = /^CONSTRAINT (.*) NOT NULL$/s.exec(was.notNull)?.[1];
      const sql = constraint
        ? `${alter} ADD CONSTRAINT ${constraint} NOT NULL ${name};`
        : `${alter} ALTER COLUMN ${name} SET NOT NULL;`;
      repairs.push({ kind: 'CONSTRAINT', name: unquoted(constraint ?? name), sql });
    }
  }
  return { repairs, complete };
}

/** The same as entries of the schema, children before their parents: what a parent adds then merges with theirs. */
export function repairEntries(
  found: readonly { table: SchemaEntry; repairs: readonly TableRepair[] }[],
  firstId: number,
): SchemaEntry[] {
  let id = firstId;
  return found.toReversed().flatMap(({ table, repairs }) =>
    repairs.map(({ kind, name, sql }) => ({
      id: id--,
      section: kind === 'DEFAULT' ? ('pre-data' as const) : ('post-data' as const),
      kind,
      schema: table.schema,
      name: `${table.name} ${name}`,
      owner: table.owner,
      catalogOid: 0,
      oid: 0,
      dependsOn: [table.id],
      sql,
      ownerSql: '',
    })),
  );
}

interface ParsedTable {
  name: string;
  /** By their names as they are written, with quotes. */
  columns: Map<string, string>;
  constraints: Map<string, string>;
  /** What comes after both. */
  rest: string;
}

const identifier = String.raw`(?:"(?:[^"]|"")*"|[^\s".]+)`;
const createTable = new RegExp(`^CREATE (?:UNLOGGED )?TABLE (${identifier}\\.${identifier}) \\(`);
const itemName = new RegExp(`^(CONSTRAINT )?(${identifier})`);

/** CREATE TABLE as pg_dump writes it. */
function parseTable(sql: string): ParsedTable | undefined {
  const head = createTable.exec(sql);
  if (!head?.[1]) return undefined;
  const columns = new Map<string, string>();
  const constraints = new Map<string, string>();
  let from = head[0].length;
  for (const { at, character, depth } of unquotedCharacters(sql, from)) {
    if (depth > 0 || (character !== ',' && character !== ')')) continue;
    const item = sql.slice(from, at).trim();
    const [, isConstraint, name] = itemName.exec(item) ?? [];
    if (name) (isConstraint ? constraints : columns).set(name, item);
    from = at + 1;
    if (character === ')') break;
  }
  return { name: head[1], columns, constraints, rest: sql.slice(from) };
}

/** A column's definition without its default and NOT NULL, and these. */
function parseColumn(item: string): { rest: string; default?: string; notNull?: string } {
  const places: number[] = [];
  for (const { at, character, depth } of unquotedCharacters(item, 0)) {
    if (depth === 0 && character === ' ') places.push(at);
  }
  const find = (pattern: RegExp): number =>
    places.find((at) => {
      pattern.lastIndex = at;
      return pattern.test(item);
    }) ?? item.length;
  const notNullAt = find(/ (?:CONSTRAINT (?:"(?:[^"]|"")*"|\S+) )?NOT NULL/y);
  const defaultAt = Math.min(find(/ DEFAULT /y), notNullAt);
  return {
    rest: item.slice(0, defaultAt),
    ...(defaultAt < notNullAt ? { default: item.slice(defaultAt + ' DEFAULT '.length, notNullAt) } : {}),
    ...(notNullAt < item.length ? { notNull: item.slice(notNullAt + 1) } : {}),
  };
}

/** The characters outside of quotes, with the number of parentheses around them. */
function* unquotedCharacters(
  sql: string,
  from: number,
): Generator<{ at: number; character: string; depth: number }> {
  let depth = 0;
  for (let at = from; at < sql.length; at++) {
    const character = sql.charAt(at);
    if (character === '"' || character === "'") {
      const escapes = character === "'" && sql.charAt(at - 1) === 'E';
      for (at++; at < sql.length && sql.charAt(at) !== character; at++) {
        if (escapes && sql.charAt(at) === '\\') at++;
      }
      continue;
    }
    if (character === ')' || character === ']') {
      if (depth === 0) yield { at, character, depth };
      depth--;
      continue;
    }
    yield { at, character, depth };
    if (character === '(' || character === '[') depth++;
  }
}
