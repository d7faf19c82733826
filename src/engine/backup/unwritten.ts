import type { SummaryUse } from '../../contract/reuse.ts';
import type { ConnectionTarget } from '../../postgres/connection.ts';
import { isBefore, type WalMoment } from '../../postgres/wal-moment.ts';
import {
  readSummaries,
  readWrittenRanges,
  summarizeUpToNow,
  withoutGap,
  type SummarizedTable,
  type WrittenRanges,
} from '../../postgres/wal-summaries.ts';
import { Session } from '../../postgres/wire/session.ts';
import { writtenSince } from './confirmations.ts';
import type { RangeTask } from './range-tasks.ts';
import type { Recalled, Recollection } from './recall.ts';
import { isCompared } from './reuse.ts';
import type { SourceTable } from './snapshot.ts';

/** What summaries of the write-ahead log say about ranges that are known. */
export interface Unwritten extends Pick<SummaryUse, 'waitedMs'> {
  /** Whether nothing has been written to the blocks of the range since it was as it is known. */
  has(task: RangeTask): boolean;
  /** Why they say nothing, or of some tables nothing; null where nothing is missing. */
  problem: SummaryUse['problem'];
}

/** How long a checkpoint and the summaries up to it may take. */
const summarizeLimitMs = 10_000;
/** Beyond that counting rows is as fast. */
const readLimitMs = 60_000;

/**
 * Asks for what has been written to known ranges up to now. The snapshot is older than that: what it shows was written before.
 * Where the summaries cannot say, rows are counted, so that nothing here fails a backup.
 * @param lead sees the snapshot
 */
export async function readUnwritten(
  source: ConnectionTarget,
  lead: Session,
  { tables: recalled, confirmations: { moments } }: Pick<Recollection, 'tables' | 'confirmations'>,
  signal: AbortSignal,
): Promise<Unwritten> {
  const nothing: Unwritten = { has: () => false, waitedMs: 0, problem: null };
  const asked = await tablesToAsk(lead, recalled, moments);
  if (asked.length === 0) return nothing;
  let session: Session | undefined;
  let waitedMs = 0;
  try {
    session = await Session.open(source, { applicationName: 'holdfast backup log' }, signal);
    const log = await summarizeUpToNow(session, summarizeLimitMs, signal);
    waitedMs = log.waitedMs;
    if (log.problem !== null) return { ...nothing, waitedMs, problem: log.problem };
    const chain = withoutGap(await readSummaries(session, log.timeline), log.until);
    const covered = chain ? asked.filter(({ since }) => !isBefore(since, chain.from)) : [];
    const problem = covered.length < asked.length ? 'missing' : null;
    if (!chain || covered.length === 0) return { ...nothing, waitedMs, problem };
    const { timeline } = log;
    const written = await readWrittenRanges(
      session,
      covered,
      { timeline, summaries: chain.summaries },
      readLimitMs,
    );
    return { has: (task) => isUnwritten(task, written, moments), waitedMs, problem };
  } catch {
    signal.throwIfAborted();
    // A summary was deleted before it was read, or it took too long, or the server has no connection left.
    return { ...nothing, waitedMs, problem: 'failed' };
  } finally {
    await session?.close();
  }
}

/** Tables of which something is known, with the place of the log behind which everything lies that has changed it since. */
async function tablesToAsk(
  lead: Session,
  recalled: ReadonlyMap<SourceTable, Recalled>,
  moments: readonly WalMoment[],
): Promise<SummarizedTable[]> {
  const asked: Omit<SummarizedTable, 'file'>[] = [];
  for (const [{ relation }, { known, readBecause }] of recalled) {
    if (!known || readBecause !== null) continue;
    const places = [...known.ranges.values()].flatMap(
      ({ writtenBefore }) => writtenSince(moments, writtenBefore) ?? [],
    );
    const [first] = places.toSorted((one, other) => (isBefore(one, other) ? -1 : 1));
    if (first !== undefined)
      asked.push({ oid: relation.oid, blocksPerRange: known.blocksPerRange, since: first });
  }
  if (asked.length === 0) return [];
  // What is unlogged is not in the log.
  const rows = await lead.query<{ oid: string; file: string }>(
    `select c.oid::pg_catalog.int8 as oid, c.relfilenode::pg_catalog.int8 as file
       from pg_catalog.pg_class c where c.oid = any ($1::pg_catalog.oid[]) and c.relpersistence = 'p'`,
    [asked.map(({ oid }) => oid)],
  );
  const files = new Map(rows.map(({ oid, file }) => [Number(oid), Number(file)]));
  return asked.flatMap((table) => {
    const file = files.get(table.oid);
    return file ? [{ ...table, file }] : [];
  });
}

function isUnwritten(
  task: RangeTask,
  written: ReadonlyMap<number, WrittenRanges>,
  moments: readonly WalMoment[],
): boolean {
  const { known, range, table } = task;
  if (!isCompared(task) || !known || known.toBlock !== range.toBlock) return false;
  if (writtenSince(moments, known.writtenBefore) === undefined) return false;
  const there = written.get(table.relation.oid);
  if (!there || there.blocksPerRange !== table.blocksPerRange) return false;
  const at = there.blocksPerRange === null ? 0 : range.fromBlock / there.blocksPerRange;
  if (range.toBlock === null) {
    // It has all blocks from there on.
    return there.cutOffAt === null && [...there.ranges].every((each) => each < at);
  }
  return !there.ranges.has(at) && (there.cutOffAt === null || there.cutOffAt >= range.toBlock);
}
