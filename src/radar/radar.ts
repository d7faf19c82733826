/*
 * radar/ owns whether the figures of a backup look like damage to the data, by what has been usual for each table, as pure
 * functions. It never reads a backup, a clock or the catalog.
 */
import type { Sign } from '../contract/finding.ts';
import { goneFrom, habitualAbsences, nothingGone } from './gone.ts';
import { compare, learn, observe, shift, teach, type Size } from './history.ts';
import type { FoundSign, LookedAt, Memory } from './memory.ts';
import { rangesOf } from './rotation.ts';
import { signOf, significant, type Leeway } from './signs.ts';
import { partsOf, subjectsOf, wholeDatabase, wholeKey, type Parts, type Subject } from './subjects.ts';

/**
 * Compares a backup with what is known of its tables, and learns from it: where there is a sign, only the new figures and not
 * that such a change is usual. Changes the memory.
 * @returns signs of damage, the largest loss first
 */
export function lookAt(memory: Memory, backup: LookedAt): FoundSign[] {
  const subjects = subjectsOf(backup.tables);
  // The first backup has nothing to be compared with.
  const first = memory.tables.size === 0;
  const parts = partsOf(subjects);
  const gone = first ? nothingGone() : goneFrom(memory, backup, subjects, parts);
  const fresh = new Set([...subjects.keys()].filter((key) => !memory.tables.has(key)));
  const found: FoundSign[] = [...gone.signs];
  const before = sizeOf(memory, subjects);
  let ordinary = gone.ordinary;
  for (const subject of subjects.values()) {
    const sign = lookAtSubject(memory, subject, backup, gone.rotated.has(subject.key) ? rotationLeeway : {});
    if (!sign) continue;
    const isOrdinary = isAging(subject, sign, parts) || isMoved(subject, sign, parts, fresh);
    if (isOrdinary) ordinary = plus(ordinary, { rows: lostRows(sign.sign), rawBytes: 0 });
    else found.push(sign);
  }
  const signs = withoutParts(memory, found);
  const whole = memory.tables.get(wholeKey);
  if (whole) {
    // It has what is gone for ordinary reasons no more, and what a backup of a few tables has found.
    const left = minus({ rows: 0, rawBytes: 0 }, ordinary);
    shift(whole, backup.covers === 'all' ? left : minus(sizeOf(memory, subjects), before));
  }
  if (backup.covers === 'all') {
    const sign = lookAtSubject(memory, wholeDatabase(subjects), backup, {});
    // What is true of one table is said of it alone; this is for many small losses.
    if (sign && rowsLostIn(signs) * 2 < lostRows(sign.sign)) signs.push(sign);
  }
  return signs.toSorted((one, other) => weight(other.sign) - weight(one.sign));
}

/** Learns that a change like this one is usual for its table. @param regular whether the radar is never to report the like again */
export function declareUsual(memory: Memory, found: FoundSign, at: number, regular: boolean): void {
  const history = memory.tables.get(found.key);
  if (!history) return;
  if (found.step) teach(history, found.step, at, regular);
  else if (regular) history.absences = habitualAbsences;
}

/** What is known of these tables, partitions left out: what they belong to counts them. */
function sizeOf(memory: Memory, subjects: ReadonlyMap<string, Subject>): Size {
  return [...subjects.values()]
    .filter(({ root }) => root === null)
    .map(({ key }) => memory.tables.get(key)?.last ?? { rows: 0, rawBytes: 0 })
    .reduce(plus, { rows: 0, rawBytes: 0 });
}

function plus(one: Size, other: Size): Size {
  return { rows: one.rows + other.rows, rawBytes: one.rawBytes + other.rawBytes };
}

function minus(one: Size, other: Size): Size {
  return { rows: one.rows - other.rows, rawBytes: one.rawBytes - other.rawBytes };
}

/** Of a partitioned table, when its oldest partitions are dropped: somewhat less than half of it. */
const rotationLeeway = { rows: 0.6 };

/** Compares one with its history, and has the history go on: with a sign the change is not learnt. */
function lookAtSubject(
  memory: Memory,
  subject: Subject,
  backup: LookedAt,
  leeway: Leeway,
): FoundSign | undefined {
  const history = memory.tables.get(subject.key);
  if (!history || history.goneAt !== undefined) {
    memory.tables.set(subject.key, observe(history, subject, backup));
    return undefined;
  }
  const steps = compare(history, subject, backup.at);
  const found = significant(history, subject, steps, backup.at, leeway);
  if (!found) learn(history, steps, backup.at);
  // What is rewritten again and again is not damaged again and again.
  else if (found.measure === 'changed' || found.measure === 'ranges')
    teach(history, found.step, backup.at, false);
  memory.tables.set(subject.key, observe(history, subject, backup, found !== undefined));
  return (
    found && {
      sign: signOf(subject, found),
      withoutId: found.reference.id,
      withoutAt: found.reference.at,
      key: subject.key,
      root: subject.root,
      step: found.step,
    }
  );
}

/** The oldest partition that has rows loses them to age; how much that is of the whole is looked at there. */
function isAging(subject: Subject, { sign }: FoundSign, parts: Parts): boolean {
  if (sign.kind !== 'rows-lost' || subject.root === null) return false;
  const siblings = rangesOf(parts, subject.root);
  const at = siblings.findIndex(({ key }) => key === subject.key);
  return at >= 0 && siblings.length > 2 && siblings.slice(0, at).every(({ rows }) => rows === 0);
}

/** Rows that a new partition of the same table has now. */
function isMoved({ root }: Subject, { sign }: FoundSign, parts: Parts, fresh: ReadonlySet<string>): boolean {
  if (sign.kind !== 'rows-lost' || root === null) return false;
  const taken = (parts.get(root) ?? []).filter(({ key }) => fresh.has(key));
  return taken.reduce((sum, { rows }) => sum + rows, 0) >= 0.8 * lostRows(sign);
}

/** What is said of a partitioned table is not said again of its partitions, nor of it what is said of those that are gone. */
function withoutParts(memory: Memory, found: readonly FoundSign[]): FoundSign[] {
  const rootOf = ({ key }: FoundSign): string | null => memory.tables.get(key)?.root ?? null;
  const kinds = new Set(found.map(({ key, sign }) => `${sign.kind} ${key}`));
  const goneOf = Map.groupBy(
    found.filter(({ sign }) => sign.kind === 'gone'),
    rootOf,
  );
  return found.filter((each) => {
    const root = rootOf(each);
    if (root !== null) return !kinds.has(`${each.sign.kind} ${root}`);
    return each.sign.kind !== 'rows-lost' || rowsLostIn(goneOf.get(each.key) ?? []) * 2 < lostRows(each.sign);
  });
}

function rowsLostIn(signs: readonly FoundSign[]): number {
  return signs.reduce((sum, { sign }) => sum + lostRows(sign), 0);
}

function lostRows(sign: Sign): number {
  if (sign.kind === 'gone') return sign.rows;
  return sign.kind === 'rows-lost' ? sign.rowsBefore - sign.rows : 0;
}

/** Rows that are lost weigh more than bytes that have changed. */
function weight(sign: Sign): number {
  switch (sign.kind) {
    case 'gone':
      return 1e15 + sign.rows;
    case 'rows-lost':
      return 1e15 + lostRows(sign);
    case 'scrambled':
      return 1e14 + sign.readBytes;
    case 'values-lost':
      return 1e13 + sign.bytesBefore - sign.bytes;
    case 'rewritten':
      return 1e12 + sign.rows;
    case 'grown':
      return sign.bytes - sign.bytesBefore;
  }
}
