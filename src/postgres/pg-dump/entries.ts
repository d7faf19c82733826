import { withoutAttributeVersions } from '../../base/attribute-versions.ts';
import { quoteIdentifier, quoteName } from '../identifiers.ts';
import type { Archive, ArchiveEntry } from './archive.ts';
import { annotationKinds, entryKind, latePhase } from './kinds.ts';

/** One object's definition, as a manifest describes it. */
export interface DumpedEntry {
  id: number;
  section: 'pre-data' | 'post-data';
  kind: string;
  schema: string | null;
  name: string;
  owner: string | null;
  catalogOid: number;
  oid: number;
  /** Ids of entries that must have been run before; each is earlier in the list. */
  dependsOn: number[];
  /** Complete statements that need no state but the preamble's and leave none behind. */
  sql: string;
  /** The statement that gives it its owner, or empty. */
  ownerSql: string;
}

/** Archive entries that hold settings of the dump, by kind, in the order pg_dump writes them. */
const settingKinds = ['ENCODING', 'STDSTRINGS', 'SEARCHPATH'];

/** The database, which a restore creates itself, and large objects, which are data here. */
const leftOutTags = /^(?:DATABASE|LARGE OBJECTS?) /;

const defaultAccessMethod = 'heap';
const partitionedTable = 'p';

/**
 * The definitions in the order in which pg_dump would run them, the settings they need, and the statements that drop them, by
 * the ids of the entries; what goes with something else has none.
 */
export function dumpedSchema(archive: Archive): {
  preamble: string;
  entries: DumpedEntry[];
  drops: ReadonlyMap<number, string>;
} {
  const kept = archive.entries.filter(isKept);
  const ids = new Set(kept.map((entry) => entry.dumpId));
  const sections = sectionsOf(archive.entries);
  const servers = serversOfUserMappings(archive.entries);
  const described = (entry: ArchiveEntry): DumpedEntry => ({
    id: entry.dumpId,
    section: sections.get(entry.dumpId) ?? 'pre-data',
    kind: entry.description,
    schema: entry.schema,
    name: entry.tag,
    owner: entry.owner,
    catalogOid: entry.catalogOid,
    oid: entry.oid,
    dependsOn: [...new Set(servers.get(entry.dumpId) ?? entry.dependencies)].filter((id) => ids.has(id)),
    sql: forServer(statements(entry), entry, archive.serverVersion),
    ownerSql: ownerStatement(entry),
  });
  const entries = restorePasses.flatMap((pass) =>
    kept.filter((entry) => restorePass(entry) === pass).map(described),
  );
  const drops = new Map(
    kept
      .filter(({ dropStatement }) => dropStatement !== '')
      .map(({ dumpId, dropStatement }) => [dumpId, dropStatement.trim()]),
  );
  return { preamble: preamble(archive.entries), entries, drops };
}

function isKept(entry: ArchiveEntry): boolean {
  const { role } = entryKind(entry.description);
  if (role !== 'object' && role !== 'part') return false;
  return !(annotationKinds.has(entry.description) && leftOutTags.test(entry.tag));
}

/** The one dependency that pg_dump keeps to itself: it writes user mappings right behind their server. */
function serversOfUserMappings(entries: readonly ArchiveEntry[]): Map<number, number[]> {
  const found = new Map<number, number[]>();
  let server: number[] = [];
  for (const { dumpId, description } of entries) {
    if (description === 'SERVER') server = [dumpId];
    else if (description === 'USER MAPPING') found.set(dumpId, server);
  }
  return found;
}

/** An entry without a section of its own has that of what it hangs on, which comes before it. */
function sectionsOf(entries: readonly ArchiveEntry[]): Map<number, 'pre-data' | 'post-data'> {
  const sections = new Map<number, 'pre-data' | 'post-data'>();
  let current: 'pre-data' | 'post-data' = 'pre-data';
  for (const { dumpId, section, dependencies } of entries) {
    if (section === 'pre-data' || section === 'post-data') {
      current = section;
      sections.set(dumpId, section);
    } else {
      const parent = dependencies.find((id) => sections.has(id));
      sections.set(dumpId, (parent === undefined ? undefined : sections.get(parent)) ?? current);
    }
  }
  return sections;
}

/** pg_dump goes through the archive three times: what grants must not hinder, grants, what may need them. */
const restorePasses = ['main', 'grants', 'after grants'] as const;

function restorePass({ description, tag }: ArchiveEntry): (typeof restorePasses)[number] {
  const phase = latePhase(description, tag);
  return phase === undefined || phase === 'row security' ? 'main' : phase;
}

/**
 * pg_dump writes an option of PostgreSQL 16 into a subscription of an older server, which could not take its own
 * dump back then. Without it, 16 and later use their default, the table owners' rights. What the server keeps for itself
 * among the options of columns is left out as well.
 */
function forServer(sql: string, { description }: ArchiveEntry, serverVersion: string): string {
  const old = Number.parseInt(serverVersion, 10) < 16;
  if (description === 'SUBSCRIPTION' && old) return sql.replace(', run_as_owner = true', '');
  return withoutAttributeVersions(sql);
}

function statements(entry: ArchiveEntry): string {
  const { description: kind, definition, schema, tag, tablespace, tableAccessMethod, relationKind } = entry;
  const parts: string[] = [];
  const reset: string[] = [];
  if (tablespace) {
    parts.push(`SET default_tablespace = ${quoteIdentifier(tablespace)};`);
    reset.push("SET default_tablespace = '';");
  }
  const partitioned = relationKind === partitionedTable;
  if (tableAccessMethod && tableAccessMethod !== defaultAccessMethod && !partitioned) {
    parts.push(`SET default_table_access_method = ${quoteIdentifier(tableAccessMethod)};`);
    reset.push(`SET default_table_access_method = ${defaultAccessMethod};`);
  }
  // For schema public the definition is a remark that it exists already.
  if (kind !== 'SCHEMA' || !definition.startsWith('--')) parts.push(definition.trim());
  if (partitioned && tableAccessMethod && schema !== null) {
    const table = quoteName({ schema, name: tag });
    parts.push(`ALTER TABLE ${table} SET ACCESS METHOD ${quoteIdentifier(tableAccessMethod)};`);
  }
  return [...parts, ...reset].join('\n');
}

function ownerStatement(entry: ArchiveEntry): string {
  const owned = ownedObject(entry);
  return owned && entry.owner !== null ? `ALTER ${owned} OWNER TO ${quoteIdentifier(entry.owner)};` : '';
}

/** The object as ALTER … OWNER TO names it; null when it has no owner of its own. */
function ownedObject({ description, schema, tag, dropStatement }: ArchiveEntry): string | null {
  if (dropStatement === '') return null;
  const { owner } = entryKind(description);
  if (owner === 'name') {
    const name = schema === null ? quoteIdentifier(tag) : quoteName({ schema, name: tag });
    return `${description} ${name}`;
  }
  if (owner === 'signature') return dropStatement.replace(/^DROP /, '').replace(/[;\n]+$/, '');
  return null;
}

/** What pg_dump puts first. Every setting exists on every server, so it can be run with errors being fatal. */
function preamble(entries: readonly ArchiveEntry[]): string {
  const own = settingKinds.flatMap((kind) =>
    entries.filter((entry) => entry.description === kind).map((entry) => entry.definition.trim()),
  );
  return [
    'SET statement_timeout = 0;',
    'SET lock_timeout = 0;',
    'SET idle_in_transaction_session_timeout = 0;',
    // Known from PostgreSQL 17 on.
    "SELECT pg_catalog.set_config(name, '0', false) FROM pg_catalog.pg_settings WHERE name = 'transaction_timeout';",
    ...own,
    'SET check_function_bodies = false;',
    'SET xmloption = content;',
    'SET client_min_messages = warning;',
    'SET row_security = off;',
    "SET default_tablespace = '';",
    `SET default_table_access_method = ${defaultAccessMethod};`,
  ].join('\n');
}
