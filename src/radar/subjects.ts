import { keyOf, nameOf, type TableFigures } from './figures.ts';

/** What is compared from backup to backup: a table, a partitioned table with all its partitions, or the whole database. */
export interface Subject extends Omit<TableFigures, 'schema' | 'name'> {
  key: string;
  /** For people. */
  table: string;
}

/** The key of the database as a whole: no table has an empty name. */
export const wholeKey = JSON.stringify(['', '']);

/** Each table, and each partitioned table as the sum of its partitions, by their keys. */
export function subjectsOf(tables: readonly TableFigures[]): Map<string, Subject> {
  const subjects = new Map<string, Subject>();
  for (const { schema, name, ...figures } of tables) {
    const key = keyOf({ schema, name });
    subjects.set(key, { key, table: nameOf(key), ...figures });
  }
  for (const [root, members] of partsOf(subjects)) {
    // An inheritance parent has rows of its own.
    const own = subjects.get(root);
    subjects.set(root, sumOf(root, nameOf(root), own ? [own, ...members] : members));
  }
  return subjects;
}

/** The partitions of each partitioned table that has any. */
export type Parts = ReadonlyMap<string, readonly Subject[]>;

export function partsOf(subjects: ReadonlyMap<string, Subject>): Parts {
  return Map.groupBy(
    [...subjects.values()].filter(({ root }) => root !== null),
    ({ root }) => root!,
  );
}

/** All rows of all tables: many small losses are one large one. */
export function wholeDatabase(subjects: ReadonlyMap<string, Subject>): Subject {
  const roots = new Set([...subjects.values()].flatMap(({ root }) => root ?? []));
  const leaves = [...subjects.values()].filter(({ key }) => !roots.has(key));
  return { ...sumOf(wholeKey, 'the whole database', leaves), ranges: { unchanged: 0, changed: 0, read: 0 } };
}

function sumOf(key: string, table: string, parts: readonly Subject[]): Subject {
  const sum = (of: (part: Subject) => number): number => parts.reduce((total, part) => total + of(part), 0);
  const changed = parts.map(({ rowsChanged }) => rowsChanged);
  return {
    key,
    table,
    rows: sum(({ rows }) => rows),
    rawBytes: sum(({ rawBytes }) => rawBytes),
    storedBytes: sum(({ storedBytes }) => storedBytes),
    ranges: {
      unchanged: sum(({ ranges }) => ranges.unchanged),
      changed: sum(({ ranges }) => ranges.changed),
      read: sum(({ ranges }) => ranges.read),
    },
    rowsChanged: changed.includes(null) ? null : sum(({ rowsChanged }) => rowsChanged ?? 0),
    readRawBytes: sum(({ readRawBytes }) => readRawBytes),
    readStoredBytes: sum(({ readStoredBytes }) => readStoredBytes),
    oid: null,
    shape: [...new Set(parts.map(({ shape }) => shape))].toSorted().join(' ').slice(0, 200),
    root: null,
    bound: null,
  };
}
