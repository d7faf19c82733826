import { unlessAborted } from '../../base/abort.ts';
import type { KeyBounds } from '../../format/key-bounds.ts';
import type { CopySource } from '../../postgres/ranges.ts';
import type { SnapshotInfo } from '../../postgres/snapshot.ts';
import { leadRun, type SharedLead } from '../sharing/lead.ts';
import type { LeadPlace } from '../sharing/sharing.ts';
import type { RangeResult } from './range-memory.ts';
import { takeRangeTasks, type RangeTask } from './range-tasks.ts';
import type { SourceTable } from './snapshot.ts';
import { rangeDone, type TableReading } from './table-reader.ts';

/** What one that joins a backup has to know. */
export interface BackupTerms {
  /** Of the software: what is told and reported is in its form. */
  version: string;
  snapshot: SnapshotInfo;
  compressionLevel: number;
  /** Of the connections of the run: see runMark. */
  mark: string | undefined;
}

/** Ranges as a helper is told of them, each table once. */
export interface GivenRanges {
  tables: { table: Pick<SourceTable, 'relation' | 'columns'>; source: CopySource }[];
  tasks: (Omit<RangeTask, 'table' | 'source'> & { table: number })[];
}

/** What a helper has read of them. `ranges` is null where the lead has the lock that it did not get. */
export interface SharedResults {
  ranges: (Omit<RangeResult, 'rowMap' | 'keys'> & { rowMap: string | null; keys: KeyBounds | null })[] | null;
  /** Bytes that were not in the store before. */
  newBytes: number;
}

/** The part of a backup that others read. */
export interface RangeSharing {
  /** Resolves when there may be ranges to take again, with true; with false when all of them are read. */
  more(): Promise<boolean>;
  end(): Promise<void>;
}

/** Lets others read ranges of a backup: from now on they take them off its list as its own readers do. */
export async function shareRanges(
  reading: Omit<TableReading, 'sharing'>,
  place: LeadPlace,
  terms: BackupTerms,
  fail: (error: unknown) => void,
): Promise<RangeSharing> {
  const { meter, signal, tasks } = reading;
  const lead = await leadRun(place, {
    terms,
    key: reading.key,
    fail,
    onMachines: (count) => meter.machines(count),
  });
  let ended = false;
  /** Batches that are not accounted for. A reader that ended before one of them is back would leave it unread. */
  let out = 0;
  const giving = giveAll();

  async function giveAll(): Promise<void> {
    while (!ended && !signal.aborted) {
      while (lead.wanted > 0 && tasks.length > 0) {
        out++;
        void give(lead, reading).then(() => out--, fail);
      }
      await lead.changed();
    }
  }

  return {
    async more() {
      for (;;) {
        signal.throwIfAborted();
        if (tasks.length > 0) return true;
        if (out === 0) return false;
        lead.takeBack();
        await unlessAborted(lead.changed(), signal);
      }
    },
    async end() {
      ended = true;
      await lead.end();
      await giving;
    },
  };
}

async function give(lead: SharedLead, reading: Omit<TableReading, 'sharing'>): Promise<void> {
  const { tasks, queuedFor, writer } = reading;
  const batch = takeRangeTasks(tasks);
  const back = await lead.give(describeRanges(batch));
  if (!back) {
    tasks.push(...batch.toReversed());
    return;
  }
  const { ranges, newBytes } = back.reported as SharedResults;
  if (ranges === null) {
    queuedFor.push(...batch);
    return;
  }
  const results = ranges.map(({ rowMap, keys, ...result }) => ({
    ...result,
    keys: () => keys,
    rowMap: rowMap === null ? undefined : Buffer.from(rowMap, 'base64'),
  }));
  writer.adopt(
    results.flatMap(({ segments, drops }) => [
      ...segments.flatMap(({ chunks }) => chunks),
      ...(drops ? [drops] : []),
    ]),
    newBytes,
  );
  for (const [i, task] of batch.entries()) rangeDone(reading, task, results[i]!, results[i]!.rawBytes);
}

function describeRanges(batch: readonly RangeTask[]): GivenRanges {
  const tables = [...new Set(batch.map(({ table }) => table))];
  return {
    tables: tables.map((table) => ({
      table: { relation: table.relation, columns: table.columns },
      source: batch.find((task) => task.table === table)!.source,
    })),
    tasks: batch.map(({ table, source: _source, ...task }) => ({ ...task, table: tables.indexOf(table) })),
  };
}

/** The tasks that were described so. */
export function rangesOf({ tables, tasks }: GivenRanges): RangeTask[] {
  const known = tables.map(({ table, source }) => ({
    source,
    table: {
      ...table,
      ancestors: [],
      loadVia: null,
      tasks: [],
      rangesLeft: tasks.length,
      blocksPerRange: null,
    },
  }));
  return tasks.map(({ table, ...task }) => ({ ...task, ...known[table]! }));
}

/** @param results of which all chunks are in the store */
export function reportOf(results: readonly RangeResult[], newBytes: number): SharedResults {
  return {
    ranges: results.map(({ rowMap, keys, ...result }) => ({
      ...result,
      keys: keys(),
      rowMap: rowMap ? Buffer.from(rowMap).toString('base64') : null,
    })),
    newBytes,
  };
}
