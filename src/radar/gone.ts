import { nameOf } from './figures.ts';
import { dayMs, type History, type Sample, type Size } from './history.ts';
import type { FoundSign, LookedAt, Memory } from './memory.ts';
import { familyOf, isRotation, rangeSiblings } from './rotation.ts';
import { wholeKey, type Subject } from './subjects.ts';

/** Smaller ones come and go with a program's versions. */
const tellingRows = 100;
/** A table that was made after the first backup and goes within this number of days, or is in one backup alone, was a temporary one. */
const temporaryDays = 3;
/** How long the history of a table that is gone is kept, should it come back. */
const rememberedDays = 90;
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
export function goneFrom(memory: Memory, backup: LookedAt, subjects: Map<string, Subject>): Gone {
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
  const rotated = rotatedOf(lacking, subjects);
  const signs: FoundSign[] = [];
  const ordinary: Size = { rows: 0, rawBytes: 0 };
  for (const [key, history] of lacking) {
    const isOrdinary =
      history.last.rows < tellingRows ||
      (history.absences ?? 0) >= habitualAbsences ||
      isTemporary(memory, history, at) ||
      (history.root !== null && (lacking.has(history.root) || rotated.has(history.root))) ||
      isKeptElsewhere(memory, key, history, subjects) ||
      isOldOfFamily(memory, key, lacking, subjects);
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
  for (const [key, history] of lacking) {
    const same = history.oid === null ? undefined : byOid.get(history.oid);
    // Temporary tables are like each other, and each is its own.
    const alike = isTemporary(memory, history, at)
      ? undefined
      : byShape.get(history.shape)?.find((each) => !taken.has(each.key) && isAlike(history.last, each));
    const now = same ?? alike;
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

function rotatedOf(
  lacking: ReadonlyMap<string, History>,
  subjects: ReadonlyMap<string, Subject>,
): Set<string> {
  const rotated = new Set<string>();
  for (const [root, members] of Map.groupBy(lacking, ([, { root }]) => root)) {
    if (root === null || !subjects.has(root)) continue;
    const left = rangeSiblings(root, subjects);
    const bounds = members.map(([, { bound }]) => bound);
    if (
      isRotation(
        bounds,
        left.map(({ bound }) => bound),
      )
    )
      rotated.add(root);
  }
  return rotated;
}

/** A partitioned table whose partitions became tables of their own, or a partition whose rows lie in new ones. */
function isKeptElsewhere(
  memory: Memory,
  key: string,
  { root, last }: History,
  subjects: ReadonlyMap<string, Subject>,
): boolean {
  const others = [...subjects.values()].filter((each) =>
    root === null
      ? memory.tables.get(each.key)?.root === key
      : each.root === root && !memory.tables.has(each.key),
  );
  return others.reduce((sum, { rows }) => sum + rows, 0) >= last.rows * 0.8;
}

/** Tables of one name with a date in it, to which new ones are added and of which the oldest go. */
function isOldOfFamily(
  memory: Memory,
  key: string,
  lacking: ReadonlyMap<string, History>,
  subjects: ReadonlyMap<string, Subject>,
): boolean {
  const family = familyOf(key);
  if (family === undefined) return false;
  const left = [...subjects.keys()].filter((each) => familyOf(each) === family);
  const going = [...lacking.keys()].filter((each) => familyOf(each) === family);
  if (!isRotation(going, left)) return false;
  return left.some((each) => (memory.tables.get(each)?.first ?? Infinity) - memory.since > dayMs);
}
