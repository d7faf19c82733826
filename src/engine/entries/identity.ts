/*
 * entries/ owns what follows from the definitions of a manifest alone: which entry is which object, what a restore covers,
 * what goes with a left-out extension, how two schemas differ, in which order entries are made and tables are filled. It
 * never asks a server: everything in it is a function of its arguments.
 */
import type { SchemaEntry } from '../../format/manifest.ts';
import type { QualifiedName } from '../../postgres/identifiers.ts';
import { entryKind } from '../../postgres/pg-dump/kinds.ts';

type Named = Pick<SchemaEntry, 'schema' | 'name'>;

const relationKinds = new Set(['TABLE', 'FOREIGN TABLE', 'VIEW', 'MATERIALIZED VIEW', 'DOMAIN']);

/** The name of what an entry makes. */
export const relationName = ({ schema, name }: Named): QualifiedName => ({ schema: schema ?? '', name });

/** The same for names that are the same, and for no others. */
export const nameKey = ({ schema, name }: Named): string => JSON.stringify([schema, name]);

/** The entries of one dump, found by what they define; two dumps give the same object the same identity. */
export interface EntryIndex {
  entries: readonly SchemaEntry[];
  byId: ReadonlyMap<number, SchemaEntry>;
  find(identity: string): SchemaEntry | undefined;
  identityOf(entry: SchemaEntry): string;
  dependencies(entry: SchemaEntry): SchemaEntry[];
  /** The relation or domain that the entry belongs to by its tag `relation name`. */
  relationOf(entry: SchemaEntry): SchemaEntry | undefined;
  /** The full definition: of a view that pg_dump wrote in two parts, that of the second. */
  definitionOf(entry: SchemaEntry): string;
  /** The view whose definition this rule is. */
  viewOf(rule: SchemaEntry): SchemaEntry | undefined;
}

export function indexEntries(entries: readonly SchemaEntry[]): EntryIndex {
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  const dependencies = (entry: SchemaEntry): SchemaEntry[] =>
    entry.dependsOn.flatMap((id) => byId.get(id) ?? []);

  const relationsOf = (entry: SchemaEntry): SchemaEntry[] =>
    entryKind(entry.kind).inRelation
      ? dependencies(entry).filter(
          ({ kind, schema, name }) =>
            relationKinds.has(kind) && schema === entry.schema && entry.name.startsWith(`${name} `),
        )
      : [];

  const viewOf = (entry: SchemaEntry): SchemaEntry | undefined =>
    entry.kind === 'RULE' && entry.name.endsWith(' _RETURN')
      ? relationsOf(entry).find(({ kind }) => kind === 'VIEW')
      : undefined;

  /** What tells entries of one kind, schema and tag apart. */
  const discriminator = (entry: SchemaEntry): unknown => {
    const { kind, owner, ownerSql, sql } = entry;
    if (entryKind(kind).owner === 'signature') {
      // Of an operator the tag has no argument types, of an operator class no access method.
      return ownerSql.replace(/ OWNER TO "(?:[^"]|"")*";$/, '');
    }
    if (kind === 'DEFAULT ACL') return owner;
    // A table may be called as another one with a constraint of it.
    if (kind.endsWith('CONSTRAINT')) return /^[^]*?(?=\n {4}ADD CONSTRAINT )/.exec(sql)?.[0];
    if (kind === 'DEFAULT') return /^[^]*?(?= ALTER COLUMN )/.exec(sql)?.[0];
    if (entryKind(kind).inRelation) return relationsOf(entry).map((relation) => relation.name);
    if (['PUBLICATION TABLE', 'USER MAPPING'].includes(kind)) {
      return dependencies(entry)
        .map((dependency) => `${dependency.kind} ${dependency.name}`)
        .toSorted();
    }
    return null;
  };

  const identities = new Map<SchemaEntry, string>();
  const byIdentity = new Map<string, SchemaEntry>();
  const definitions = new Map<SchemaEntry, string>();
  for (const entry of entries) {
    const plain = [entry.kind, entry.schema, entry.name, discriminator(entry)];
    let identity = JSON.stringify(plain);
    for (let copy = 2; byIdentity.has(identity); copy++) identity = JSON.stringify([...plain, copy]);
    identities.set(entry, identity);
    byIdentity.set(identity, entry);
    const view = viewOf(entry);
    if (view) definitions.set(view, entry.sql);
  }
  return {
    entries,
    byId,
    find: (identity) => byIdentity.get(identity),
    identityOf: (entry) => identities.get(entry) ?? '',
    dependencies,
    relationOf: (entry) => relationsOf(entry)[0],
    definitionOf: (entry) =>
      (definitions.get(entry) ?? entry.sql).replace(/^CREATE OR REPLACE VIEW/, 'CREATE VIEW').trim(),
    viewOf,
  };
}

/** `INDEX public.orders_by_day` for people. */
export function describeEntry(entry: Pick<SchemaEntry, 'kind' | 'schema' | 'name'>): string {
  return `${entry.kind} ${entry.schema === null ? '' : `${entry.schema}.`}${entry.name}`;
}
