import type { RestoreReport } from '../../contract/restore.ts';
import type { Manifest, ManifestRange, ManifestTable, SchemaEntry } from '../../format/manifest.ts';
import { sum } from '../../base/sum.ts';
import type { Session } from '../../postgres/wire/session.ts';
import type { Store } from '../../store/store.ts';
import { loadOrder } from '../entries/load-order.ts';
import type { ProgressMeter } from '../progress/meter.ts';
import { createTogether } from './create-entries.ts';
import { markLoad, requireRows, type LoadReport, type LoadSharing } from './given-loads.ts';
import { loadPart, loadTable, type RowTaker } from './load-table.ts';
import type { Rebuild } from './rebuild.ts';
import { addDependency, newTask, type Task } from './task-graph.ts';

/**
 * A larger table is loaded in parts of this size, by several connections. But one that is a small share of all the work is loaded
 * as a whole, and so with its rows frozen: the other connections have the other tables.
 */
const partBytes = 64 * 1024 * 1024;
/** Of what one connection has to load. */
const wholeShare = 1 / 2;
/** Of a restore that others may join: they begin while the first parts are loaded, and end at about the same time. */
const sharedPartBytes = 16 * 1024 * 1024;
/** Below this size beginning a table anew costs more than freezing its rows saves. */
const freezeBytes = 1024 * 1024;
/** Up to this size a table's indexes and constraints are made right after its rows, in the same task. */
const bundleBytes = 1024 * 1024;

export interface LoadContext {
  store: Store;
  /** How many connections load. */
  jobs: number;
  meter: ProgressMeter;
  /** One element for each table of the scope, in its order; rows are added as they are proved. */
  loaded: RestoreReport['tables'];
  rebuild: Rebuild;
  /** Undefined where no other machine may load a part of it. */
  sharing?: LoadSharing | undefined;
  /** What else takes the rows of a part of a table. */
  takerOf?: ((table: ManifestTable) => RowTaker) | undefined;
}

/** A small table's load, and what is made in the same task after it. */
export interface Bundle {
  task: Task;
  entries: SchemaEntry[];
}

/** The loads of a new database's tables; a table is found by the id of the entry that creates it. */
export interface LoadTasks {
  all: Task[];
  ofTable: Map<number, Task[]>;
  bundles: Map<number, Bundle>;
}

/** @param tables of the scope; those of extensions have been filled before */
export function loadTasks(
  manifest: Manifest,
  tables: readonly ManifestTable[],
  context: LoadContext,
): LoadTasks {
  const tasks: LoadTasks = { all: [], ofTable: new Map(), bundles: new Map() };
  const order = loadOrder(manifest, tables);
  const viaParent = new Map<string, Task[]>();
  const bytesMax = wholeBytes(tables, context);
  for (const table of [...order.free, ...order.calling]) {
    const own = tasksOfTable(table, tables.indexOf(table), context, bytesMax);
    if (order.calling.includes(table)) {
      for (const task of own) for (const other of tasks.all) addDependency(task, other);
    }
    tasks.all.push(...own);
    if (table.entryId === null) continue;
    if (table.loadVia) {
      // Its rows may go to any partition of the same table, so each of them is full only when all are loaded.
      const key = JSON.stringify([table.loadVia.schema, table.loadVia.name]);
      const shared = viaParent.get(key) ?? [];
      viaParent.set(key, shared);
      shared.push(...own);
      tasks.ofTable.set(table.entryId, shared);
      continue;
    }
    tasks.ofTable.set(table.entryId, own);
    const [only] = own;
    if (own.length === 1 && only && table.rawBytes <= bundleBytes) {
      tasks.bundles.set(table.entryId, bundleOf(only, context.rebuild));
    }
  }
  return tasks;
}

/** Up to this size a table is not cut. */
function wholeBytes(tables: readonly ManifestTable[], { jobs, sharing }: LoadContext): number {
  if (sharing) return sharedPartBytes;
  const each = sum(tables.map(({ rawBytes }) => rawBytes)) / jobs;
  return Math.max(partBytes, each * wholeShare);
}

/**
 * @param place of the table in the scope
 * @param bytesMax of a table that is not cut
 */
function tasksOfTable(table: ManifestTable, place: number, context: LoadContext, bytesMax: number): Task[] {
  const { store, meter, loaded, takerOf, sharing } = context;
  const parts =
    table.rawBytes <= bytesMax ? [table.ranges] : cutParts(table, sharing ? sharedPartBytes : partBytes);
  const freezable = table.kind === 'table' && table.loadVia === null && table.rawBytes >= freezeBytes;
  const isNew = freezable && parts.length === 1;
  let left = parts.length;
  let from = 0;
  return parts.map((ranges) => {
    const rawBytes = sum(ranges.map((range) => range.rawBytes));
    const task = newTask(rawBytes);
    const done = (rows: number): void => {
      loaded[place]!.rows += rows;
      if (--left === 0) meter.tableDone();
    };
    const load = async (session: Session): Promise<number> => {
      meter.currentTable(table);
      const digest = takerOf?.(table);
      if (!isNew && !given) return loadTable(session, store, table, ranges, meter, '', digest);
      return loadPart(session, store, table, ranges, meter, { isNew, digest });
    };
    const to = from + ranges.length;
    const given =
      sharing && rawBytes > bundleBytes ? sharing.describe(table, { from, to, isNew }) : undefined;
    if (given) {
      task.run = async (session) =>
        done(await markLoad(session, sharing!.marks, given.load, () => load(session)));
      task.given = {
        piece: given,
        done(report) {
          const { rows, storedBytes } = report as LoadReport;
          requireRows(table, rows, sum(ranges.map((range) => range.rows)));
          meter.addRows(rows);
          meter.addRawBytes(rawBytes);
          meter.addStoredBytes(storedBytes);
          done(rows);
        },
      };
    } else {
      task.run = async (session) => {
        const rows = await load(session);
        if (isNew) await session.execute('commit');
        done(rows);
      };
    }
    from = to;
    return task;
  });
}

function bundleOf(task: Task, rebuild: Rebuild): Bundle {
  const bundle: Bundle = { task, entries: [] };
  const load = task.run;
  task.run = async (session) => {
    await load(session);
    await createTogether(session, bundle.entries, rebuild);
  };
  return bundle;
}

/** Groups a table's ranges. A range is never divided: rows may cross the border of its chunks. */
function cutParts(table: ManifestTable, bytesMax: number): ManifestRange[][] {
  const parts: ManifestRange[][] = [];
  let part: ManifestRange[] = [];
  let bytes = 0;
  for (const range of table.ranges) {
    if (part.length > 0 && bytes + range.rawBytes > bytesMax) {
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
