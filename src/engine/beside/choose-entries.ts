import type { SchemaEntry } from '../../format/manifest.ts';
import { attachEnds } from '../entries/attach-order.ts';
import { describeEntry, relationName, type EntryIndex } from '../entries/identity.ts';
import { isPart } from '../entries/parts.ts';
import { counterparts } from '../entries/schema-changes.ts';
import { scopeEntries } from '../entries/schema-scope.ts';
import { meaningOf } from '../../base/sql-tokens.ts';
import { isGrant } from '../entries/sql.ts';

/** Which definitions of a backup are made beside the live ones. */
export interface ChosenEntries {
  /** In pg_dump's order, under their old names. */
  made: SchemaEntry[];
  /** What hangs on the tables and is not made, and why; a clause. */
  leftOut: { entry: SchemaEntry; reason: string }[];
  /** Objects of today that the copies use and that are defined differently in the backup. */
  differs: SchemaEntry[];
  /** Functions of today that the copies call. */
  calls: SchemaEntry[];
  /** Tables, types and sequences that have to be made and cannot be, with the reasons. */
  problems: { entry: SchemaEntry; reason: string }[];
}

export interface ChoiceOptions {
  owners: boolean;
  /** The tables that are made, also those that are partitioned. */
  isChosen(table: SchemaEntry): boolean;
  /** Why this role cannot create an entry. */
  forbidden(entry: SchemaEntry): string | undefined;
}

/** What is made with a table. */
const made = new Set([
  'TABLE',
  'SEQUENCE',
  'SEQUENCE OWNED BY',
  'DEFAULT',
  'TABLE ATTACH',
  'INDEX',
  'INDEX ATTACH',
  'CONSTRAINT',
  'CHECK CONSTRAINT',
  'FK CONSTRAINT',
  'STATISTICS',
  'COMMENT',
  'ACL',
  'SECURITY LABEL',
  'ROW SECURITY',
]);

const whyNot: Readonly<Record<string, string>> = {
  TRIGGER: 'triggers are not made on copies, where they would act as on the table',
  RULE: 'rules are not made on copies, where they would act as on the table',
  POLICY: 'policies are not made on copies; under row security without policies only the owner sees rows',
  'PUBLICATION TABLE': 'copies are not published',
};

/** Without these there is no copy. */
const essential = new Set(['TABLE', 'TYPE', 'DOMAIN', 'SEQUENCE']);
const relations = new Set(['TABLE', 'FOREIGN TABLE', 'VIEW', 'MATERIALIZED VIEW']);
const annotations = new Set(['COMMENT', 'ACL', 'SECURITY LABEL', 'CHECK CONSTRAINT']);

/** Decides what is made with these tables, what takes its place today, and what is left out. */
export function chooseEntries(
  backup: EntryIndex,
  live: EntryIndex,
  { owners, isChosen, forbidden }: ChoiceOptions,
): ChosenEntries {
  const today = counterparts(backup, live);
  const leftOut = new Map<SchemaEntry, string>();
  const differs = new Set<SchemaEntry>();
  const calls = new Set<SchemaEntry>();
  const wanted = new Set<SchemaEntry>();
  const tables = backup.entries.filter((entry) => entry.kind === 'TABLE' && isChosen(entry));
  const hanging = scopeEntries(backup, { tables: tables.map(relationName) });
  for (const entry of hanging) {
    if (!owners && isGrant(entry)) continue;
    if (made.has(entry.kind)) wanted.add(entry);
    else leftOut.set(entry, whyNot[entry.kind] ?? 'only tables and what is part of them are made');
  }
  for (const entry of backup.entries) {
    const looksAtThem = entry.kind === 'VIEW' || entry.kind === 'MATERIALIZED VIEW';
    if (looksAtThem && backup.dependencies(entry).some((needed) => wanted.has(needed))) {
      leftOut.set(entry, 'views are not made on copies');
    }
  }

  const bringing = new Map<SchemaEntry, boolean>();
  /** Whether a type is made with the tables, because the one of today is not the same. */
  const isBrought = (type: SchemaEntry): boolean => {
    const known = bringing.get(type);
    if (known !== undefined) return known;
    bringing.set(type, false);
    const now = today(type);
    const same =
      now !== undefined && meaningOf(backup.definitionOf(type)) === meaningOf(live.definitionOf(now));
    const brought =
      !same || backup.dependencies(type).some((needed) => wanted.has(needed) || isOwnType(needed));
    bringing.set(type, brought);
    return brought;
  };
  const isType = ({ kind }: SchemaEntry): boolean => kind === 'TYPE' || kind === 'DOMAIN';
  const isOwnType = (entry: SchemaEntry): boolean => isType(entry) && isBrought(entry);

  const bring = (entry: SchemaEntry): void => {
    if (wanted.has(entry)) return;
    wanted.add(entry);
    for (const part of backup.entries) {
      const isOfIt = annotations.has(part.kind) && backup.dependencies(part).includes(entry);
      if (isOfIt && (owners || !isGrant(part)) && part.schema === entry.schema) wanted.add(part);
    }
    for (const needed of backup.dependencies(entry)) visit(needed);
  };
  const visit = (entry: SchemaEntry): void => {
    if (entry.kind === 'SEQUENCE' || isOwnType(entry)) bring(entry);
  };
  // Those that are wanted now: what is visited is added to them.
  const first = Array.from(wanted);
  for (const entry of first) for (const needed of backup.dependencies(entry)) visit(needed);

  const partitioned = new Map<SchemaEntry, SchemaEntry>();
  for (const entry of backup.entries) {
    const ends = entry.kind === 'TABLE ATTACH' ? attachEnds(backup, entry) : undefined;
    if (ends) partitioned.set(ends.child, ends.parent);
  }
  /** Why an entry cannot use an object that is not made with it. */
  const whyUnusable = (entry: SchemaEntry, needed: SchemaEntry): string | undefined => {
    const name = describeEntry(needed);
    if (leftOut.has(needed)) return `it needs ${name}, which is left out`;
    if (wanted.has(needed) || needed.kind === 'SCHEMA') return undefined;
    if (entry.kind === 'TABLE ATTACH' && needed.kind === 'TABLE') {
      return `${name} is not restored with it; foreign keys that it has by that are not made either`;
    }
    // A partition has all its columns, and is attached by an entry of its own.
    if (partitioned.get(entry) === needed) return undefined;
    if (relations.has(needed.kind)) return `it refers to ${name}, which is not restored with it`;
    if (isPart(needed)) return `it needs ${name}, which is not restored with it`;
    const now = today(needed);
    if (!now) return `it needs ${name}, which the database does not have`;
    const own = backup.dependencies(needed).find((each) => wanted.has(each) && each.kind !== 'SCHEMA');
    if (own) return `it needs ${name}, which is made for ${describeEntry(own)} of today`;
    if (meaningOf(backup.definitionOf(needed)) !== meaningOf(live.definitionOf(now))) differs.add(needed);
    if (needed.kind === 'FUNCTION') calls.add(needed);
    return undefined;
  };
  const whyNotMade = (entry: SchemaEntry): string | undefined => {
    // Of a foreign key its other table says more than the key there.
    const needs = backup
      .dependencies(entry)
      .toSorted((a, b) => +relations.has(b.kind) - +relations.has(a.kind));
    const unusable = needs.map((needed) => whyUnusable(entry, needed));
    return unusable.find((reason) => reason !== undefined) ?? whyNotRenamed(entry) ?? forbidden(entry);
  };
  const problems = new Map<SchemaEntry, string>();
  for (let before = -1; before !== leftOut.size;) {
    before = leftOut.size;
    for (const entry of wanted) {
      if (leftOut.has(entry) || problems.has(entry)) continue;
      const reason = whyNotMade(entry);
      if (reason !== undefined) (essential.has(entry.kind) ? problems : leftOut).set(entry, reason);
    }
  }
  const listed = (reasons: ReadonlyMap<SchemaEntry, string>): ChosenEntries['leftOut'] =>
    backup.entries.flatMap((entry) => {
      const reason = reasons.get(entry);
      return reason === undefined ? [] : [{ entry, reason }];
    });
  return {
    made: backup.entries.filter((entry) => wanted.has(entry) && !leftOut.has(entry)),
    leftOut: listed(leftOut),
    differs: [...differs],
    calls: [...calls],
    problems: listed(problems),
  };
}

/** Enums, composite types and domains have no functions of their own that would need other names too. */
function whyNotRenamed({ kind, sql }: SchemaEntry): string | undefined {
  if (kind !== 'TYPE' || /^CREATE TYPE [^\n]* AS (?:ENUM )?\(/.test(sql)) return undefined;
  return 'it is defined otherwise today, and only enums, composite types and domains can be made under another name';
}
