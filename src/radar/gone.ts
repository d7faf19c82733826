import { nameOf } from './figures.ts';
import { dayMs, type History, type Sample, type Size } from './history.ts';
import type { FoundSign, LookedAt, Memory } from './memory.ts';
import { familyOf, isRotation, rangesOf } from './rotation.ts';
import { wholeKey, type Parts, type Subject } from './subjects.ts';

/** Smaller ones come and go with a program's versions. */
const tellingRows = 100;
/** A table that was made after the first backup and goes within this number of days, or is in one backup alone, was a temporary one. */
const temporaryDays = 3;
/** How long the history of a table that is gone is kept, should it come back. */
const rememberedDays = 90;
/** With how many new tables of the same columns one that is gone is compared. */
const comparedAtMost = 100;
/** A table that has come and gone this often is expected to. */
export const habitualAbsences = 2;

export interface Gone {
  signs: FoundSign[];
  /** What was in tables that are gone for an ordinary reason. */
  ordinary: Size;
  /** Of the partitioned tables whose oldest partitions were dropped. */
  rotated: Set<string>;
}

/**
 * Tables that are known and that a backup lacks although it covers them, and for which there is no ordinary reason: a new name, a
 * new home of the rows, age. Has the memory follow tables to their new names, and forget what is gone for long.
 */
export function goneFrom(
  memory: Memory,
  backup: LookedAt,
  subjects: ReadonlyMap<string, Subject>,
  parts: Parts,
): Gone {
  const { at, covers } = backup;
  const lacking = new Map<string, History>();
  for (const [key, history] of memory.tables) {
    if (history.goneAt !== undefined) {
      if (at - history.goneAt > rememberedDays * dayMs) memory.tables.delete(key);
    } else if (key !== wholeKey && !subjects.has(key) && (covers === 'all' || covers.has(key))) {
      lacking.set(key, history);
    }
  }
  if (lacking.size === 0) return nothingGone();
  followRenamed(memory, lacking, subjects, at);
  const rotated = rotatedOf(lacking, parts);
  const old = oldOfFamilies(memory, lacking, subjects);
  const freed = rowsOfFormerParts(memory, subjects);
  const signs: FoundSign[] = [];
  const ordinary: Size = { rows: 0, rawBytes: 0 };
  for (const [key, history] of lacking) {
    const isOrdinary =
      history.last.rows < tellingRows ||
      (history.absences ?? 0) >= habitualAbsences ||
      isTemporary(memory, history, at) ||
      (history.root !== null && (lacking.has(history.root) || rotated.has(history.root))) ||
      (freed.get(key) ?? 0) >= history.last.rows * 0.8 ||
      (history.root !== null && rowsOfFresh(memory, parts, history.root) >= history.last.rows * 0.8) ||
      old.has(key);
    history.goneAt = at;
    history.absences = (history.absences ?? 0) + 1;
    if (!isOrdinary) signs.push(signFor(key, history));
    else if (!isCounted(history, lacking)) {
      ordinary.rows += history.last.rows;
      ordinary.rawBytes += history.last.rawBytes;
    }
  }
  return { signs, ordinary, rotated };
}

export function nothingGone(): Gone {
  return { signs: [], ordinary: { rows: 0, rawBytes: 0 }, rotated: new Set() };
}

/** Whether its rows count all the same: few of many tables are many, and those of a partition go with the partitioned table. */
function isCounted({ root, last }: History, lacking: ReadonlyMap<string, History>): boolean {
  return last.rows < tellingRows || (root !== null && lacking.has(root));
}

function signFor(key: string, { last, root }: History): FoundSign {
  const { rows, rawBytes } = last;
  return {
    sign: { kind: 'gone', table: nameOf(key), rows, rawBytes },
    withoutId: last.id,
    withoutAt: last.at,
    key,
    root,
    step: null,
  };
}

/** By oid; and where a table was written anew, by its columns and its number of rows. */
function followRenamed(
  memory: Memory,
  lacking: Map<string, History>,
  subjects: ReadonlyMap<string, Subject>,
  at: number,
): void {
  const fresh = [...subjects.values()].filter(({ key }) => !memory.tables.has(key));
  const byOid = new Map(fresh.flatMap((each) => (each.oid === null ? [] : [[each.oid, each] as const])));
  const byShape = Map.groupBy(fresh, ({ shape }) => shape);
  const taken = new Set<string>();
  // Temporary tables are like each other, and each is its own.
  const alikeOf = (history: History): Subject | undefined =>
    isTemporary(memory, history, at)
      ? undefined
      : byShape
          .get(history.shape)
          ?.slice(0, comparedAtMost)
          .find((each) => !taken.has(each.key) && isAlike(history.last, each));
  for (const [key, history] of lacking) {
    const same = history.oid === null ? undefined : byOid.get(history.oid);
    const now = same ?? alikeOf(history);
    if (!now || taken.has(now.key)) continue;
    taken.add(now.key);
    memory.tables.delete(key);
    memory.tables.set(now.key, history);
    lacking.delete(key);
  }
}

function isAlike(last: Sample, now: Subject): boolean {
  return last.rows >= tellingRows && now.rows >= last.rows * 0.9 && now.rows <= last.rows * 1.5;
}

function isTemporary({ since }: Memory, { first, compared }: History, at: number): boolean {
  return first - since > dayMs && (at - first < temporaryDays * dayMs || compared === 0);
}

function rotatedOf(lacking: ReadonlyMap<string, History>, parts: Parts): Set<string> {
  const rotated = new Set<string>();
  for (const [root, members] of Map.groupBy(lacking.values(), (history) => history.root)) {
    if (root === null || !parts.has(root)) continue;
    const left = rangesOf(parts, root).map(({ bound }) => bound);
    const going = members.map(({ bound }) => bound);
    if (isRotation(going, left)) rotated.add(root);
  }
  return rotated;
}

/** Of partitioned tables, the rows of what were their partitions: they may be tables of their own now. */
function rowsOfFormerParts(memory: Memory, subjects: ReadonlyMap<string, Subject>): Map<string, number> {
  const rows = new Map<string, number>();
  for (const subject of subjects.values()) {
    const root = memory.tables.get(subject.key)?.root ?? null;
    if (root !== null) rows.set(root, (rows.get(root) ?? 0) + subject.rows);
  }
  return rows;
}

/** What lies in new partitions of a table. */
function rowsOfFresh(memory: Memory, parts: Parts, root: string): number {
  return (parts.get(root) ?? [])
    .filter(({ key }) => !memory.tables.has(key))
    .reduce((sum, { rows }) => sum + rows, 0);
}

/** Tables of one name with a date in it, to which new ones are added and of which a few of the oldest go. */
function oldOfFamilies(
  memory: Memory,
  lacking: ReadonlyMap<string, History>,
  subjects: ReadonlyMap<string, Subject>,
): Set<string> {
  const going = Map.groupBy(lacking.keys(), (key) => familyOf(key) ?? '');
  going.delete('');
  if (going.size === 0) return new Set();
  const left = Map.groupBy(subjects.keys(), (key) => familyOf(key) ?? '');
  const old = [...going].filter(([family, keys]) => {
    const stay = left.get(family) ?? [];
    const grows = stay.some((key) => (memory.tables.get(key)?.first ?? Infinity) - memory.since > dayMs);
    return grows && keys.length * 2 <= stay.length && isRotation(keys, stay);
  });
  return new Set(old.flatMap(([, keys]) => keys));
}
