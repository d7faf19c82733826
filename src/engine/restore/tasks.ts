import type { Manifest, SchemaEntry } from '../../format/manifest.ts';
import type { RestoreScope } from '../entries/scope.ts';
import { loadTasks, type LoadContext, type LoadTasks } from './load-tasks.ts';
import { createEntry, type Rebuild } from './rebuild.ts';
import { addDependency, newTask, type Task } from './task-graph.ts';

/**
 * From this size on an index is worth several processes of the server. Dividing the work costs more CPU, which the other
 * connections need for other tables.
 */
const parallelIndexBytes = 256 * 1024 * 1024;

/** Kinds whose statements evaluate an expression for each row. */
const evaluating = new Set(['INDEX', 'CONSTRAINT', 'CHECK CONSTRAINT']);

const serverDecides = 'set local max_parallel_maintenance_workers to default; ';

/**
 * The work of filling a new database as a graph: loads first, an index when its table is loaded, a foreign key when
 * both tables are, and anything that calls a user's function when all are, because it may read any of them.
 * @param entries what comes after the data, in pg_dump's order
 */
export function restoreTasks(
  manifest: Manifest,
  scope: RestoreScope,
  entries: readonly SchemaEntry[],
  context: LoadContext,
): Task[] {
  const loads = loadTasks(manifest, scope.tables, context);
  const prerequisites = prerequisiteFinder(manifest, loads);
  const large = new Set(
    scope.tables.filter((table) => table.rawBytes >= parallelIndexBytes).map((table) => table.entryId),
  );
  const tablesOf = tableFinder(manifest.schema.entries);
  const made: Task[] = [];
  for (const entry of entries) {
    const tables = tablesOf(entry);
    const before = prerequisites.of(entry, tables);
    const bundle = tables.size === 1 ? loads.bundles.get([...tables][0]!) : undefined;
    if (bundle && [...before].every((task) => task === bundle.task)) {
      bundle.entries.push(entry);
      prerequisites.add(entry, bundle.task);
      continue;
    }
    const parallel = [...tables].some((table) => large.has(table));
    const run = parallel ? { ...entry, sql: serverDecides + entry.sql } : entry;
    const task = creationTask(run, tables, before, context.rebuild);
    made.push(task);
    prerequisites.add(entry, task);
  }
  return [...loads.all, ...made];
}

function creationTask(
  entry: SchemaEntry,
  tables: ReadonlySet<number>,
  before: ReadonlySet<Task>,
  rebuild: Rebuild,
): Task {
  const task = newTask([...before].reduce((sum, other) => sum + other.weight, 0) / 2);
  task.run = (session) => createEntry(session, entry, rebuild);
  task.retryable = true;
  // CREATE INDEX allows other CREATE INDEX on the same table; everything else needs the table for itself.
  for (const table of tables) (entry.kind === 'INDEX' ? task.shares : task.owns).add(table);
  for (const other of before) addDependency(task, other);
  return task;
}

/** Finds the tasks that an entry has to wait for, among the loads and those that were added. */
function prerequisiteFinder(
  manifest: Manifest,
  loads: LoadTasks,
): {
  of(entry: SchemaEntry, tables: ReadonlySet<number>): Set<Task>;
  add(entry: SchemaEntry, task: Task): void;
} {
  const taskOf = new Map<number, Task>();
  const triggers = new Set<Task>();
  const functions = new Set(
    manifest.schema.entries.filter((entry) => entry.kind === 'FUNCTION').map((entry) => entry.id),
  );
  return {
    of(entry, tables) {
      const calls = evaluating.has(entry.kind) && entry.dependsOn.some((id) => functions.has(id));
      // An entry that only changes the state of a partition's trigger does not name the parent's, which makes it.
      const afterTriggers = entry.kind === 'TRIGGER' && !/^\s*create\b/i.test(entry.sql);
      return new Set([
        ...entry.dependsOn.flatMap((id) => taskOf.get(id) ?? []),
        ...[...tables].flatMap((table) => loads.ofTable.get(table) ?? []),
        ...(calls ? loads.all : []),
        ...(afterTriggers ? triggers : []),
      ]);
    },
    add(entry, task) {
      taskOf.set(entry.id, task);
      if (entry.kind === 'TRIGGER') triggers.add(task);
    },
  };
}

/** Finds the tables an entry touches: those it depends on, itself or by an index or constraint. */
function tableFinder(entries: readonly SchemaEntry[]): (entry: SchemaEntry) => Set<number> {
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  const known = new Map<number, Set<number>>();
  const find = (entry: SchemaEntry): Set<number> => {
    const cached = known.get(entry.id);
    if (cached) return cached;
    const tables = new Set<number>();
    known.set(entry.id, tables);
    for (const id of entry.dependsOn) {
      const dependency = byId.get(id);
      if (!dependency) continue;
      if (dependency.kind === 'TABLE') tables.add(id);
      else if (dependency.section === 'post-data') for (const table of find(dependency)) tables.add(table);
    }
    return tables;
  };
  return find;
}
