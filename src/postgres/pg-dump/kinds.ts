/**
 * Every kind of entry that pg_dump writes into an archive, and what a restore must know about it. The list is that of
 * `.description` in PostgreSQL's src/bin/pg_dump/pg_dump.c; a test compares it with the texts in our pg_dump.
 */

/** What an entry of a kind is. */
export type EntryRole =
  /** An object of its own. */
  | 'object'
  /** It belongs to another object and means nothing without it. */
  | 'part'
  /** A setting of the dump. */
  | 'setting'
  /** A property of the database itself. */
  | 'database'
  /** Rows, positions of sequences, large objects, planner statistics: none of the schema. */
  | 'data';

/**
 * What waits until all else is there, in this order: row level security, under which foreign keys could not be proved;
 * grants; then refreshes and event triggers, which may need grants, or would fire.
 */
export type LatePhase = 'row security' | 'grants' | 'after grants';

export interface EntryKind {
  role: EntryRole;
  late?: LatePhase;
  /** How ALTER … OWNER TO names the object: by kind and name, or by the signature of its DROP statement. */
  owner?: 'name' | 'signature';
  /** Its tag is the name of a relation or domain, a space, and a name that is unique there only. */
  inRelation?: true;
  /** Where its name must be the only one of its schema: in pg_class, in pg_type, or in both. */
  nameIn?: 'class' | 'type' | 'both';
  /** Its statements name roles, even where owners are left out (`always`) or only where they are not. */
  namesRoles?: 'always' | 'with owners';
  /** Only a superuser may create it; with a pattern, where the statements match. */
  superuser?: true | RegExp;
}

const object: EntryKind = { role: 'object' };
const part: EntryKind = { role: 'part' };
const data: EntryKind = { role: 'data' };
const setting: EntryKind = { role: 'setting' };
const named: EntryKind = { role: 'object', owner: 'name' };
const signed: EntryKind = { role: 'object', owner: 'signature' };
const relation: EntryKind = { role: 'object', owner: 'name', nameIn: 'both' };
const inRelation: EntryKind = { role: 'part', inRelation: true };

/** The line on which pg_dump writes a routine's language and properties comes before its body. */
const untrusted = /^(?:(?!\n {4}LANGUAGE )[^])*\n {4}LANGUAGE (?:(?:c|internal|\w+u)\b|[^\n]*\bLEAKPROOF\b)/;

const kinds: Readonly<Record<string, EntryKind>> = {
  'ACCESS METHOD': { ...object, superuser: true },
  ACL: { ...part, late: 'grants', namesRoles: 'with owners' },
  AGGREGATE: signed,
  BLOB: data,
  'BLOB COMMENTS': data,
  'BLOB METADATA': data,
  BLOBS: data,
  CAST: { ...object, superuser: /WITHOUT FUNCTION/ },
  'CHECK CONSTRAINT': inRelation,
  COLLATION: named,
  COMMENT: part,
  CONSTRAINT: inRelation,
  CONVERSION: named,
  DATABASE: { role: 'database' },
  'DATABASE PROPERTIES': { role: 'database' },
  DEFAULT: inRelation,
  'DEFAULT ACL': { role: 'object', late: 'grants', namesRoles: 'with owners' },
  DOMAIN: { ...named, nameIn: 'type' },
  ENCODING: setting,
  'EVENT TRIGGER': { ...named, late: 'after grants', superuser: true },
  EXTENSION: object,
  'FK CONSTRAINT': inRelation,
  'FOREIGN DATA WRAPPER': { ...named, superuser: true },
  'FOREIGN TABLE': relation,
  FUNCTION: { ...signed, superuser: untrusted },
  INDEX: { ...part, nameIn: 'class' },
  'INDEX ATTACH': part,
  'MATERIALIZED VIEW': relation,
  'MATERIALIZED VIEW DATA': { ...part, late: 'after grants' },
  OPERATOR: signed,
  'OPERATOR CLASS': { ...signed, superuser: true },
  'OPERATOR FAMILY': { ...signed, superuser: true },
  POLICY: { ...inRelation, namesRoles: 'always' },
  'PROCEDURAL LANGUAGE': { ...named, superuser: true },
  PROCEDURE: { ...signed, superuser: untrusted },
  PUBLICATION: { ...named, superuser: /FOR ALL TABLES/ },
  'PUBLICATION TABLE': part,
  'PUBLICATION TABLES IN SCHEMA': { ...part, superuser: true },
  'ROW SECURITY': { ...part, late: 'row security' },
  RULE: inRelation,
  SCHEMA: named,
  SEARCHPATH: setting,
  'SECURITY LABEL': part,
  SEQUENCE: { ...named, nameIn: 'class' },
  'SEQUENCE OWNED BY': part,
  'SEQUENCE SET': data,
  SERVER: named,
  'SHELL TYPE': object,
  STATISTICS: { ...part, owner: 'name' },
  'STATISTICS DATA': data,
  STDSTRINGS: setting,
  SUBSCRIPTION: { ...named, superuser: true },
  // Written for pg_upgrade only.
  'SUBSCRIPTION TABLE': part,
  TABLE: relation,
  'TABLE ATTACH': part,
  'TABLE DATA': data,
  'TEXT SEARCH CONFIGURATION': named,
  'TEXT SEARCH DICTIONARY': named,
  'TEXT SEARCH PARSER': { ...object, superuser: true },
  'TEXT SEARCH TEMPLATE': { ...object, superuser: true },
  TRANSFORM: object,
  TRIGGER: inRelation,
  TYPE: { ...named, nameIn: 'type', superuser: /^CREATE TYPE [^\n]* \(\n {4}INTERNALLENGTH/ },
  'USER MAPPING': { ...part, namesRoles: 'always' },
  VIEW: relation,
};

export const knownKinds: ReadonlySet<string> = new Set(Object.keys(kinds));

/** A kind that a later pg_dump may bring is an object without anything special: created in pg_dump's order. */
export function entryKind(kind: string): EntryKind {
  return kinds[kind] ?? object;
}

/** What hangs on another object, and is dumped in the section of that object. */
export const annotationKinds: ReadonlySet<string> = new Set(['COMMENT', 'ACL', 'SECURITY LABEL']);

/** When an entry is created, by its kind and tag; undefined: with all else. */
export function latePhase(kind: string, tag: string): LatePhase | undefined {
  if (entryKind(kind).late) return entryKind(kind).late;
  return annotationKinds.has(kind) && tag.startsWith('EVENT TRIGGER ') ? 'after grants' : undefined;
}
