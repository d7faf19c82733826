import type { Manifest, ManifestRange, ManifestTable, SchemaEntry } from '../../format/manifest.ts';
import type { Session } from '../../postgres/wire/session.ts';
import type { Store } from '../../store/store.ts';
import { loadOrder } from '../entries/load-order.ts';
import { loadNewTable, loadTable } from './load-table.ts';
import type { ProgressMeter } from '../progress/meter.ts';
import { createEntry, type Rebuild } from './rebuild.ts';
import type { RestoreReport } from '../../contract/restore.ts';
import { createTogether } from './create-entries.ts';
import type { RestoreScope } from '../entries/scope.ts';
import { addDependency, newTask, type Task } from './task-graph.ts';

/** A table with more raw bytes is loaded in parts of this size, by several connections. */
const partBytes = 64 * 1024 * 1024;
/** Below this size beginning a table anew costs more than freezing its rows saves. */
const freezeBytes = 1024 * 1024;
/**
 * From this size on an index is worth several processes of the server. Dividing the work costs more CPU, which the other
 * connections need for other tables.
 */
const parallelIndexBytes = 256 * 1024 * 1024;
/** Up to this size a table's indexes and constraints are made right after its rows, in the same task. */
const bundleBytes = 1024 * 1024;

/** Kinds whose statements evaluate an expression for each row. */
const evaluating = new Set(['INDEX', 'CONSTRAINT', 'CHECK CONSTRAINT']);

const serverDecides = 'set local max_parallel_maintenance_workers to default; ';

export interface LoadContext {
  store: Store;
  meter: ProgressMeter;
  /** One entry for each table of the scope, in its order; rows are added as they are proved. */
  loaded: RestoreReport['tables'];
  rebuild: Rebuild;
}

/**
 * The work of filling a new database as a graph: loads first, an index once its table is full, a foreign key
 * once both of its tables are; what calls a function that a user made once all are, for it may read any of them.
 * The tables of extensions have been filled before.
 * @param entries what comes after the data, in pg_dump's order
 */
export function restoreTasks(
  manifest: Manifest,
  scope: RestoreScope,
  entries: readonly SchemaEntry[],
  context: LoadContext,
): Task[] {
  const tasks: Task[] = [];
  /** By the id of the entry that creates the table. */
  const loads = new Map<number, Task[]>();
  const sharedLoads = new Map<string, Task[]>();
  const bundles = new Map<number, { task: Task; entries: SchemaEntry[] }>();
  const order = loadOrder(manifest, scope.tables);
  const calling = new Set(order.calling);
  for (const table of [...order.free, ...order.calling]) {
    const place = scope.tables.indexOf(table);
    const parts = cutParts(table);
    let left = parts.length;
    const freezable = table.kind === 'table' && table.loadVia === null && table.rawBytes >= freezeBytes;
    const own = parts.map((ranges) => {
      const task = newTask(ranges.reduce((sum, range) => sum + range.rawBytes, 0));
      task.run = async (session) => {
        context.meter.currentTable(table);
        const load = freezable && parts.length === 1 ? loadNewTable : loadTable;
        const rows = await load(session, context.store, table, ranges, context.meter);
        (context.loaded[place] as RestoreReport['tables'][number]).rows += rows;
        if (--left === 0) context.meter.tableDone();
      };
      return task;
    });
    if (calling.has(table)) for (const task of own) for (const other of tasks) addDependency(task, other);
    tasks.push(...own);
    if (table.entryId === null) continue;
    if (table.loadVia) {
      // Its rows may go to any partition of the same table, so each of them is full only when all are loaded.
      const key = JSON.stringify([table.loadVia.schema, table.loadVia.name]);
      const shared = sharedLoads.get(key) ?? [];
      sharedLoads.set(key, shared);
      shared.push(...own);
      loads.set(table.entryId, shared);
      continue;
    }
    loads.set(table.entryId, own);
    const [only] = own;
    if (own.length === 1 && only && table.rawBytes <= bundleBytes) {
      const bundle = { task: only, entries: [] as SchemaEntry[] };
      const load = only.run;
      only.run = async (session) => {
        await load(session);
        await createTogether(session, bundle.entries, context.rebuild);
      };
      bundles.set(table.entryId, bundle);
    }
  }

  const large = new Set(
    scope.tables.filter((table) => table.rawBytes >= parallelIndexBytes).map((table) => table.entryId),
  );
  const tablesOf = tableFinder(manifest.schema.entries);
  const taskOf = new Map<number, Task>();
  const triggers = new Set<Task>();
  const allLoads = [...tasks];
  const functions = new Set(
    manifest.schema.entries.filter((entry) => entry.kind === 'FUNCTION').map((entry) => entry.id),
  );
  for (const entry of entries) {
    const tables = tablesOf(entry);
    const before = new Set<Task>();
    for (const id of entry.dependsOn) {
      const task = taskOf.get(id);
      if (task) before.add(task);
    }
    for (const table of tables) for (const load of loads.get(table) ?? []) before.add(load);
    if (evaluating.has(entry.kind) && entry.dependsOn.some((id) => functions.has(id))) {
      for (const load of allLoads) before.add(load);
    }
    if (entry.kind === 'TRIGGER') {
      // An entry that only changes the state of a partition's trigger does not name the parent's, which makes it.
      if (!/^\s*create\b/i.test(entry.sql)) for (const trigger of triggers) before.add(trigger);
    }
    const bundle = tables.size === 1 ? bundles.get([...tables][0] as number) : undefined;
    if (bundle && [...before].every((task) => task === bundle.task)) {
      bundle.entries.push(entry);
      taskOf.set(entry.id, bundle.task);
      if (entry.kind === 'TRIGGER') triggers.add(bundle.task);
      continue;
    }
    const task = newTask([...before].reduce((sum, other) => sum + other.weight, 0) / 2);
    const run = [...tables].some((table) => large.has(table))
      ? { ...entry, sql: serverDecides + entry.sql }
      : entry;
    task.run = (session: Session) => createEntry(session, run, context.rebuild);
    task.retryable = true;
    // CREATE INDEX lets other indexes of the table be made beside it; everything else wants the table alone.
    for (const table of tables) (entry.kind === 'INDEX' ? task.shares : task.owns).add(table);
    for (const other of before) addDependency(task, other);
    tasks.push(task);
    taskOf.set(entry.id, task);
    if (entry.kind === 'TRIGGER') triggers.add(task);
  }
  return tasks;
}

/** Groups a table's ranges. A range is never divided: rows may cross the border of its chunks. */
function cutParts(table: ManifestTable): ManifestRange[][] {
  const parts: ManifestRange[][] = [];
  let part: ManifestRange[] = [];
  let bytes = 0;
  for (const range of table.ranges) {
    if (part.length > 0 && bytes + range.rawBytes > partBytes) {
      parts.push(part);
      part = [];
      bytes = 0;
    }
    part.push(range);
    bytes += range.rawBytes;
  }
  if (part.length > 0 || parts.length === 0) parts.push(part);
  return parts;
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
