/*
 * beside/ owns restoring tables under other names beside the live ones: which definitions come along, what they are called,
 * and the proof that nothing of the copies refers to the tables that they are copies of. It never changes a live object.
 */
import { HoldfastError } from '../../base/errors.ts';
import { unquoted } from '../../base/quoted-name.ts';
import type { SchemaEntry } from '../../format/manifest.ts';
import type { QualifiedName } from '../../postgres/identifiers.ts';

/** Where a name must be the only one of its schema. */
export type NameSpace = 'relation' | 'type' | 'statistics';

/** The new names of what is made, by the old ones. */
export interface NewNames {
  find(space: NameSpace, name: QualifiedName): QualifiedName | undefined;
}

/** Names that the target schemas have already. */
export interface TakenNames {
  has(space: NameSpace, name: QualifiedName): boolean;
}

export interface Naming {
  /** Null: each in its own schema. */
  intoSchema: string | null;
  /** The table that gets another name, and that name. */
  renamed: { table: QualifiedName; as: string } | null;
}

/** @param lost names of tables that something else has */
export interface ChosenNames extends NewNames {
  lost: { entry: SchemaEntry; name: QualifiedName; by: 'live' | 'copy' }[];
}

const longest = 63;

/**
 * The names of entries that are made. Tables get the one that was asked for or none; what belongs to them and whose name is
 * taken gets a number.
 */
export function chooseNames(
  entries: readonly SchemaEntry[],
  { intoSchema, renamed }: Naming,
  taken: TakenNames,
): ChosenNames {
  const given = new Map<string, QualifiedName>();
  const used = new Set<string>();
  const lost: ChosenNames['lost'] = [];
  const key = (space: NameSpace, { schema, name }: QualifiedName): string =>
    JSON.stringify([space, schema, name]);

  const desired = ({ schema, name }: QualifiedName, isTable: boolean): QualifiedName => {
    const target = intoSchema ?? schema;
    if (!renamed) return { schema: target, name };
    const { table, as } = renamed;
    if (isTable && schema === table.schema && name === table.name) return { schema: target, name: as };
    if (intoSchema !== null) return { schema: target, name };
    const rest = name.startsWith(`${table.name}_`) ? name.slice(table.name.length) : `_${name}`;
    return { schema: target, name: cut(as + rest, longest) };
  };
  const isFree = (spaces: readonly NameSpace[], name: QualifiedName): boolean =>
    spaces.every((space) => !used.has(key(space, name)) && !taken.has(space, name));
  const give = (entry: SchemaEntry, old: QualifiedName, spaces: readonly NameSpace[]): void => {
    if (given.has(key(spaces[0]!, old))) return;
    const isTable = entry.kind === 'TABLE';
    const wanted = desired(old, isTable);
    let chosen = wanted;
    if (!isFree(spaces, wanted)) {
      if (isTable) {
        const byCopy = spaces.some((space) => used.has(key(space, wanted)));
        lost.push({ entry, name: wanted, by: byCopy ? 'copy' : 'live' });
      } else {
        for (let number = 1; !isFree(spaces, chosen); number++) chosen = numbered(wanted, number);
      }
    }
    for (const space of spaces) {
      used.add(key(space, chosen));
      given.set(key(space, old), chosen);
    }
  };
  // Tables first: theirs are the names that were asked for.
  for (const wantsTables of [true, false]) {
    for (const entry of entries) {
      if ((entry.kind === 'TABLE') !== wantsTables) continue;
      const old = nameOf(entry);
      if (old) give(entry, old, spacesOf(entry));
    }
  }
  return { lost, find: (space, name) => given.get(key(space, name)) };
}

/** The name that an entry needs for itself; undefined where it has none of its own, or one that is the table's. */
export function nameOf(entry: SchemaEntry): QualifiedName | undefined {
  if (entry.schema === null || spacesOf(entry).length === 0) return undefined;
  const name = entry.kind === 'CONSTRAINT' ? indexName(entry) : entry.name;
  return { schema: entry.schema, name };
}

function spacesOf({ kind, sql }: SchemaEntry): NameSpace[] {
  switch (kind) {
    case 'TABLE':
      return ['relation', 'type'];
    case 'TYPE':
      // A composite type is a relation too.
      return /^CREATE TYPE [^\n]* AS \(/.test(sql) ? ['type', 'relation'] : ['type'];
    case 'DOMAIN':
      return ['type'];
    case 'SEQUENCE':
    case 'INDEX':
    case 'CONSTRAINT':
      return ['relation'];
    case 'STATISTICS':
      return ['statistics'];
    default:
      return [];
  }
}

const constraintName = /\n {4}ADD CONSTRAINT ("(?:[^"]|"")*"|\S+) /;

/** Of a key or an exclusion constraint: its index has the name of the constraint. */
function indexName({ sql, name }: SchemaEntry): string {
  const written = constraintName.exec(sql)?.[1];
  if (written === undefined) {
    throw new HoldfastError('MANIFEST_INVALID', `The definition of the constraint ${name} has no name.`);
  }
  return unquoted(written);
}

function numbered({ schema, name }: QualifiedName, number: number): QualifiedName {
  const end = `_${number}`;
  return { schema, name: cut(name, longest - end.length) + end };
}

/** The beginning of a name, in whole characters. */
function cut(name: string, bytes: number): string {
  let kept = '';
  let length = 0;
  for (const character of name) {
    length += Buffer.byteLength(character);
    if (length > bytes) break;
    kept += character;
  }
  return kept;
}
