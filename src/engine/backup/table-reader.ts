import type { SummaryUse } from '../../contract/reuse.ts';
import type { ConnectionTarget } from '../../postgres/connection.ts';
import { sqlState } from '../../postgres/failure.ts';
import { confirmRead, confirmSchema } from '../../postgres/inspect/held-names.ts';
import { quoteName } from '../../postgres/identifiers.ts';
import type { Session } from '../../postgres/wire/session.ts';
import { joinSnapshot } from '../../postgres/snapshot.ts';
import type { BackupSnapshot } from './snapshot.ts';
import type { ChunkWriter } from './chunk-writer.ts';
import type { ProgressMeter } from '../progress/meter.ts';
import type { KeyObject } from 'node:crypto';
import type { KnownPlace } from '../requests.ts';
import { readChangedRows } from './changed-rows.ts';
import type { RangeMemory, RangeResult } from './range-memory.ts';
import type { RangeSharing } from './given-ranges.ts';
import { askRanges, readRanges, type RangeStatements } from './range-reader.ts';
import { countStatement, takeRangeTasks, type RangeTask } from './range-tasks.ts';
import {
  isCompared,
  isComparedByRow,
  isMapped,
  parseRowCounts,
  resultOfReading,
  reuseKnown,
  reuseUnchanged,
} from './reuse.ts';
import { lineList } from './row-map.ts';
import type { Unwritten } from './unwritten.ts';
import { placedCopyStatement } from '../../postgres/row-places.ts';
import type { RowCount } from '../../postgres/row-age.ts';
import { unlessAborted } from '../../base/abort.ts';

const lockNotAvailable = '55P03';
const backToSavepoint = 'rollback to savepoint reading';

/** What the reading connections of one backup share. */
export interface TableReading {
  source: ConnectionTarget;
  snapshot: BackupSnapshot;
  signal: AbortSignal;
  writer: ChunkWriter;
  meter: ProgressMeter;
  /** Ranges that nobody has taken yet. */
  tasks: RangeTask[];
  /** Ranges of tables for which another session waits to get an exclusive lock. */
  queuedFor: RangeTask[];
  data: Map<RangeTask, RangeResult>;
  memory: RangeMemory;
  /** Where row maps are kept, and the key that they are kept with. */
  place: KnownPlace | undefined;
  key: KeyObject | undefined;
  /** Undefined where no other machine may read a part of it. */
  sharing?: RangeSharing | undefined;
}

/** What reading a batch needs of it. */
export type BatchReading = Omit<TableReading, 'source' | 'snapshot' | 'tasks' | 'sharing'>;

/**
 * One reading connection: takes ranges off the list until none is left. If another session waits for an exclusive lock on
 * a table, later sessions wait behind it, and it waits for the lead connection's lock: none of them would ever go
 * on. Such ranges are left to the lead connection, which has its lock already.
 */
export async function readTables(reading: TableReading, applicationName: string): Promise<void> {
  const { source, snapshot, signal } = reading;
  const session = await joinSnapshot(source, snapshot.info, applicationName, signal);
  try {
    await beginReading(session);
    for (;;) {
      const batch = takeRangeTasks(reading.tasks);
      if (batch.length > 0) await readLocked(session, reading, batch);
      else if (!(await reading.sharing?.more())) return;
    }
  } finally {
    await session.close();
  }
}

/** Once, before `readLocked`. */
export async function beginReading(session: Session): Promise<void> {
  await session.execute('savepoint reading');
}

/** Reads a batch while it has the locks on its tables; leaves it to the lead connection where it does not get them at once. */
export async function readLocked(
  session: Session,
  reading: BatchReading,
  batch: readonly RangeTask[],
): Promise<void> {
  try {
    await readBatch(session, reading, batch, {
      before: [lockStatement(batch)],
      confirm: confirmRead(schemaOf(batch), oidsOf(batch)),
      // The locks of this batch go with it, so that those of the next can be told apart. The lead connection keeps its own.
      after: [backToSavepoint],
    });
  } catch (error) {
    if (sqlState(error) !== lockNotAvailable) throw error;
    reading.queuedFor.push(...batch);
    await session.execute(backToSavepoint);
  }
}

/** Takes the ranges that nothing has been written to as they are known, without a look at them. */
export async function skipUnwritten(
  reading: TableReading,
  { has, waitedMs, problem }: Unwritten,
): Promise<SummaryUse> {
  const { writer, signal } = reading;
  const quiet = reading.tasks.filter(has);
  const skipped = new Set<RangeTask>();
  for (let at = 0; at < quiet.length; at += skippedAtOnce) {
    const reused = await unlessAborted(reuseKnown(quiet.slice(at, at + skippedAtOnce), writer), signal);
    for (const [task, result] of reused) {
      rangeDone(reading, task, result, result.rawBytes);
      skipped.add(task);
    }
  }
  reading.tasks = reading.tasks.filter((task) => !skipped.has(task));
  return { rangesUnchanged: skipped.size, waitedMs, problem };
}

const skippedAtOnce = 1_000;

/** What the reading connections could not have, read by the lead connection. */
export async function readQueuedFor(reading: TableReading): Promise<void> {
  const tasks = reading.queuedFor;
  while (tasks.length > 0) {
    const batch = takeRangeTasks(tasks);
    await readBatch(reading.snapshot.lead, reading, batch, { confirm: confirmSchema(schemaOf(batch)) });
  }
}

function schemaOf([first]: readonly RangeTask[]): number {
  return (first as RangeTask).table.relation.schemaOid;
}

function oidsOf(batch: readonly RangeTask[]): number[] {
  return [...new Set(batch.map((task) => task.table.relation.oid))];
}

function lockStatement(batch: readonly RangeTask[]): string {
  const names = new Set(batch.map((task) => `only ${quoteName(task.table.relation)}`));
  return `lock table ${[...names].join(', ')} in access share mode nowait`;
}

/** What goes around the statements of a batch, each time that it goes to the server. */
interface Around {
  before?: string[];
  confirm: string;
  after?: string[];
}

/** Compares what is known of the ranges of a batch, and reads the others. */
async function readBatch(
  session: Session,
  reading: BatchReading,
  batch: readonly RangeTask[],
  around: Around,
): Promise<void> {
  const { writer, meter, signal } = reading;
  const [first] = batch;
  if (first) meter.currentTable(first.table.relation);
  const compared = batch.filter(isCompared);
  // Of the others the rows are compared: most of them have changed.
  const counted = compared.filter((task) => !isComparedByRow(task));
  const { before = [], confirm } = around;
  const counts: ReadonlyMap<RangeTask, RowCount> =
    compared.length === 0
      ? new Map()
      : parseRowCounts(
          counted,
          await askRanges(session, { before, confirm, questions: counted.map(countStatement) }),
        );
  const reused = await unlessAborted(reuseUnchanged(counts, writer), signal);
  for (const [task, result] of reused) rangeDone(reading, task, result, result.rawBytes);

  const { place, key } = reading;
  const onData = (rawBytes: number): void => meter.addRawBytes(rawBytes);
  const changed = compared.filter((task) => !reused.has(task));
  const byRow = await unlessAborted(
    readChangedRows({ session, writer, place, key, confirm, onData }, changed, counts),
    signal,
  );
  for (const [task, result] of byRow) rangeDone(reading, task, result, result.rawBytes - result.readRawBytes);

  const rest = batch.filter((task) => !reused.has(task) && !byRow.has(task));
  const mapped = new Map(rest.flatMap((task, i) => (isMapped(task) ? [[i, lineList()]] : [])));
  const asked = rest.filter((task) => task.known !== undefined && task.readAnyway);
  const statements: RangeStatements = {
    ...around,
    // What was locked for the questions is locked still.
    before: compared.length > 0 ? [] : before,
    questions: asked.map(countStatement),
    copies: rest.map((task, i) =>
      mapped.has(i) ? placedCopyStatement(task.source, task.range) : task.statement,
    ),
    placed: mapped,
    keyFields: new Map(rest.flatMap((task, i) => (task.key ? [[i, task.key]] : []))),
    byContent: new Set(rest.flatMap((task, i) => (task.byContent ? [i] : []))),
  };
  const work = readRanges(session, statements, writer, onData);
  // It may be waiting for room, and the store for something that takes longer than a user waits for a cancellation.
  const { ranges, answers } = await unlessAborted(work, signal);
  const askedCounts = parseRowCounts(asked, answers);
  for (const [i, task] of rest.entries())
    rangeDone(reading, task, resultOfReading(task, ranges[i]!, askedCounts.get(task), mapped.get(i)), 0);
}

/** @param rawBytesLeft what of it the meter does not have yet */
export function rangeDone(
  { data, meter, memory }: Pick<TableReading, 'data' | 'meter' | 'memory'>,
  task: RangeTask,
  result: RangeResult,
  rawBytesLeft: number,
): void {
  data.set(task, result);
  memory.note(task, result);
  meter.addRawBytes(rawBytesLeft);
  meter.addRows(result.rows);
  if (--task.table.rangesLeft === 0) meter.tableDone();
}
