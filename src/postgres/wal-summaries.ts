import { setTimeout as pause } from 'node:timers/promises';
import { sqlState } from './failure.ts';
import { isBefore, readInsertPlace } from './wal-moment.ts';
import type { Session } from './wire/session.ts';

/*
 * Which blocks of a table have been written to since a place in the write-ahead log, as summaries of the log say, which PostgreSQL 17 and
 * later keeps with `summarize_wal = on`. A block that they do not name has not changed.
 */

/** A table, and the place in the log from which on its changes are asked for. */
export interface SummarizedTable {
  oid: number;
  /** `relfilenode`. */
  file: number;
  /** Null where the whole table is one range. */
  blocksPerRange: number | null;
  since: string;
}

/** What has been written to in a table. */
export interface WrittenRanges {
  /** As it was asked for. */
  blocksPerRange: number | null;
  /** By their place in the order of ranges. */
  ranges: ReadonlySet<number>;
  /** The table was cut off before this block, or made anew: there and behind it anything may have changed. Null where it was not. */
  cutOffAt: number | null;
}

/** How far the log is summarized, or why it is not. */
export interface SummarizedLog {
  timeline: number;
  /** Everything that was written when it was asked for lies before it. */
  until: string;
  waitedMs: number;
  problem: SummaryProblem | null;
}

export type SummaryProblem = 'not permitted' | 'too late' | 'missing';

/** Whether the server keeps summaries. A standby does too, but what it shows is not what its own log says. */
export async function keepsSummaries(session: Session): Promise<boolean> {
  const [row] = await session.query<{ keeps: boolean }>(
    `select coalesce(pg_catalog.current_setting('summarize_wal', true), 'off') = 'on'
       and not pg_catalog.pg_is_in_recovery() as keeps`,
  );
  return row!.keeps;
}

/**
 * Has the log summarized up to now. Summaries end at checkpoints, so one is made.
 * @param session in no transaction; the server bounds its statements from now on
 */
export async function summarizeUpToNow(
  session: Session,
  limitMs: number,
  signal: AbortSignal,
): Promise<SummarizedLog> {
  const began = performance.now();
  const until = await readInsertPlace(session);
  const [{ timeline, permitted } = { timeline: '', permitted: false }] = await session.query<{
    timeline: string;
    permitted: boolean;
  }>(
    `select pg_catalog.left(pg_catalog.pg_walfile_name($1::pg_catalog.pg_lsn), 8) as timeline,
       pg_catalog.pg_has_role('pg_checkpoint', 'usage') as permitted`,
    [until],
  );
  const ended = (problem: SummaryProblem | null): SummarizedLog => ({
    timeline: Number.parseInt(timeline, 16),
    until,
    waitedMs: Math.round(performance.now() - began),
    problem,
  });
  if (await isSummarized(session, until)) return ended(null);
  if (!permitted) return ended('not permitted');
  try {
    await session.execute(`set statement_timeout = ${limitMs}`);
    await session.execute('checkpoint');
  } catch (error) {
    const state = sqlState(error);
    if (state === insufficientPrivilege) return ended('not permitted');
    if (state === queryCanceled && !signal.aborted) return ended('too late');
    throw error;
  }
  for (let pauseMs = 5; !(await isSummarized(session, until)); pauseMs = Math.min(2 * pauseMs, 100)) {
    if (performance.now() - began > limitMs) return ended('too late');
    await pause(pauseMs, undefined, { signal });
  }
  return ended(null);
}

const queryCanceled = '57014';
/** Of a server whose provider forbids it. */
const insufficientPrivilege = '42501';

async function isSummarized(session: Session, until: string): Promise<boolean> {
  const [row] = await session.query<{ reached: boolean }>(
    'select summarized_lsn >= $1::pg_catalog.pg_lsn as reached from pg_catalog.pg_get_wal_summarizer_state()',
    [until],
  );
  return row?.reached === true;
}

/** One file of summaries. */
export interface Summary {
  start: string;
  end: string;
}

/** Summaries of one timeline that are there. */
export async function readSummaries(session: Session, timeline: number): Promise<Summary[]> {
  return session.query<Summary>(
    `select start_lsn::pg_catalog.text as start, end_lsn::pg_catalog.text as end
       from pg_catalog.pg_available_wal_summaries() where tli = $1 order by start_lsn, end_lsn`,
    [timeline],
  );
}

/**
 * Those of the summaries that reach back from a place without a gap, and how far that is.
 * @param summaries in order
 * @returns undefined where none reaches there
 */
export function withoutGap(
  summaries: readonly Summary[],
  until: string,
): { from: string; summaries: Summary[] } | undefined {
  const chain: Summary[] = [];
  // What is before it is still to be covered.
  let open = until;
  for (const summary of summaries.toReversed()) {
    if (isBefore(summary.end, open)) break;
    chain.unshift(summary);
    open = summary.start;
  }
  return chain.length === 0 ? undefined : { from: chain[0]!.start, summaries: chain };
}

/**
 * Which ranges of tables the summaries name. They are counted on the server: a row comes for each range that was written to, whatever has
 * happened to it.
 * @param summaries reach from where each of the tables asks for
 * @param limitMs after which it fails
 * @returns nothing of a table since whose place files of the database were copied as a whole
 */
export async function readWrittenRanges(
  session: Session,
  tables: readonly SummarizedTable[],
  { timeline, summaries }: { timeline: number; summaries: readonly Summary[] },
  limitMs: number,
): Promise<Map<number, WrittenRanges>> {
  if (tables.length === 0) return new Map();
  const first = tables.map(({ since }) => since).reduce((one, other) => (isBefore(other, one) ? other : one));
  const read = summaries.filter(({ end }) => isBefore(first, end));
  await session.execute(`set statement_timeout = ${limitMs}`);
  const rows = await session.query<{ oid: string; part: string | null; block: string; end: string }>(
    `select t.oid, case when c.is_limit_block then null else c.relblocknumber / t.size end as part,
         pg_catalog.min(c.relblocknumber) as block, pg_catalog.max(s.end_lsn)::pg_catalog.text as "end"
       from rows from (pg_catalog.unnest($2::pg_catalog.pg_lsn[]), pg_catalog.unnest($3::pg_catalog.pg_lsn[])) as s (start_lsn, end_lsn)
         cross join lateral pg_catalog.pg_wal_summary_contents($1, s.start_lsn, s.end_lsn) c
         join rows from (pg_catalog.unnest($4::pg_catalog.int8[]), pg_catalog.unnest($5::pg_catalog.int8[]),
                         pg_catalog.unnest($6::pg_catalog.int8[]), pg_catalog.unnest($7::pg_catalog.pg_lsn[])) as t (oid, file, size, since)
           on t.file = c.relfilenode::pg_catalog.int8 and t.since < s.end_lsn
      where c.relforknumber = 0
        and c.reldatabase = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())
      group by 1, 2`,
    [
      timeline,
      read.map(({ start }) => start),
      read.map(({ end }) => end),
      [wholeDatabase, ...tables.map(({ oid }) => oid)],
      [wholeDatabase, ...tables.map(({ file }) => file)],
      [1, ...tables.map(({ blocksPerRange }) => blocksPerRange ?? blocksMax)],
      [first, ...tables.map(({ since }) => since)],
    ],
  );
  const copied = rows.find(({ oid }) => Number(oid) === wholeDatabase)?.end;
  const told = tables.filter(({ since }) => copied === undefined || !isBefore(since, copied));
  const written = new Map(
    told.map(({ oid, blocksPerRange }) => [
      oid,
      { blocksPerRange, ranges: new Set<number>(), cutOffAt: null as number | null },
    ]),
  );
  for (const { oid, part, block } of rows) {
    const table = written.get(Number(oid));
    if (table && part === null) table.cutOffAt = Number(block);
    else table?.ranges.add(Number(part));
  }
  return written;
}

/** The number of a file by which summaries mean all files of a database: it was made or moved by copying them. */
const wholeDatabase = 0;
/** A table has at most that many. */
const blocksMax = 2 ** 32;
