import type { SchemaEntry } from '../../format/manifest.ts';
import { indexEntries, type EntryIndex } from './identity.ts';
import { isAttribute, isPart, ownerOf, withParts } from './parts.ts';
import type { Replaced } from './replaced.ts';
import { counterparts } from './schema-changes.ts';

/** The schema that there is to be, and what of it is made again. */
export interface TargetSchema {
  /** Of the backup, with what is outside of the restore as it is today. */
  index: EntryIndex;
  /** Entries of it that are dropped today, in whatever form, and made again. */
  returning: ReadonlySet<SchemaEntry>;
  /** Those of them that are made as they are today. */
  ofToday: ReadonlySet<SchemaEntry>;
  /** What is dropped and does not come back: entries of today. Parts go with what they are of. */
  lost: SchemaEntry[];
}

/**
 * What comes back of all that is dropped: what is restored in the form of the backup; what only hangs on it as it is today where
 * that fits, else as in the backup, else not at all.
 * @param misfits objects of today whose definition needs columns that the restored tables lack
 */
export function targetSchema(
  backup: EntryIndex,
  live: EntryIndex,
  { dropped, own }: Replaced,
  { whole, misfits }: { whole: boolean; misfits: ReadonlySet<SchemaEntry> },
): TargetSchema {
  const gone = new Set(dropped);
  const then = counterparts(live, backup);
  /** Whether the restore does not say what becomes of it. */
  const isOutside = (entry: SchemaEntry): boolean => {
    const owner = ownerOf(live, entry);
    if (entry.kind === 'TABLE' || !owner) return false;
    if (!isPart(entry)) return whole ? !then(entry) : !own.has(entry);
    // A key of another table that refers to one that is restored.
    return !gone.has(owner) && (whole ? !then(owner) : !own.has(entry));
  };
  const kept = new Map<SchemaEntry, Set<SchemaEntry>>();
  const changed = new Set<SchemaEntry>();
  const sameAsThen = (entry: SchemaEntry): boolean => {
    const was = then(entry);
    return was !== undefined && backup.definitionOf(was) === live.definitionOf(entry);
  };
  for (const entry of dropped) {
    if (!isOutside(entry) && shapes.has(entry.kind) && !sameAsThen(entry)) changed.add(entry);
  }
  for (const entry of dropped) {
    if (isAttribute(entry) || !isOutside(entry)) continue;
    const parts = withParts(live, entry);
    const needed = [...parts].flatMap((each) => live.dependencies(each)).filter((each) => gone.has(each));
    const fits = (each: SchemaEntry): boolean => {
      if (parts.has(each)) return true;
      if (changed.has(each)) return sameAsThen(entry);
      return kept.has(ownerOf(live, each) ?? each) || kept.has(each) || then(each) !== undefined;
    };
    const misfit = [...parts].some((each) => misfits.has(each)) && !sameAsThen(entry);
    if (!misfit && needed.every(fits)) kept.set(entry, parts);
    else if (shapes.has(entry.kind)) changed.add(entry);
  }
  return merged(backup, live, gone, kept);
}

/** What others can be written for: a view of a view, a foreign key to a key. */
const shapes = new Set(['VIEW', 'MATERIALIZED VIEW', 'CONSTRAINT', 'INDEX']);

function merged(
  backup: EntryIndex,
  live: EntryIndex,
  gone: ReadonlySet<SchemaEntry>,
  kept: ReadonlyMap<SchemaEntry, Set<SchemaEntry>>,
): TargetSchema {
  const then = counterparts(live, backup);
  const taken = new Set([...kept.values()].flatMap((parts) => [...parts].filter((part) => gone.has(part))));
  const overridden = new Set<SchemaEntry>();
  for (const entry of kept.keys()) {
    const was = then(entry);
    if (was) for (const part of withParts(backup, was)) overridden.add(part);
  }
  const offset = Math.max(0, ...backup.entries.map(({ id }) => id));
  const idOf = new Map<SchemaEntry, number>();
  const used = new Set<number>();
  for (const entry of taken) {
    const was = then(entry);
    const id = was && overridden.has(was) && !used.has(was.id) ? was.id : offset + entry.id;
    used.add(id);
    idOf.set(entry, id);
  }
  const ofToday = new Set(
    live.entries
      .filter((entry) => taken.has(entry))
      .map((entry): SchemaEntry => {
        const needs = live
          .dependencies(entry)
          .flatMap((needed) => idOf.get(needed) ?? then(needed)?.id ?? []);
        return { ...entry, id: idOf.get(entry)!, dependsOn: [...new Set(needs)] };
      }),
  );
  const rest = backup.entries.filter((entry) => !overridden.has(entry));
  const index = indexEntries(ofToday.size === 0 ? rest : needsFirst([...rest, ...ofToday]));
  const is = counterparts(live, index);
  const returning = new Set([...gone].flatMap((entry) => is(entry) ?? []));
  return { index, returning, ofToday, lost: [...gone].filter((entry) => !is(entry) && !live.viewOf(entry)) };
}

/** The same in an order in which each comes after what it needs, and otherwise as they were. */
function needsFirst(entries: readonly SchemaEntry[]): SchemaEntry[] {
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  const placed = new Set<SchemaEntry>();
  const place = (entry: SchemaEntry): void => {
    if (placed.has(entry)) return;
    const waiting = [{ entry, needs: entry.dependsOn[Symbol.iterator]() }];
    const open = new Set([entry]);
    for (let top = waiting.at(-1); top; top = waiting.at(-1)) {
      const { value: id, done } = top.needs.next();
      const needed = done ? undefined : byId.get(id);
      if (done) {
        placed.add(top.entry);
        waiting.pop();
      } else if (needed && !placed.has(needed) && !open.has(needed)) {
        open.add(needed);
        waiting.push({ entry: needed, needs: needed.dependsOn[Symbol.iterator]() });
      }
    }
  };
  for (const entry of entries) place(entry);
  return [...placed];
}
