import type { KeyObject } from 'node:crypto';
import { dropsText } from '../../format/drops.ts';
import type { ChunkReference, ManifestSegment } from '../../format/manifest.ts';
import type { RowCount } from '../../postgres/row-age.ts';
import {
  oldPlacesStatement,
  placedCopyStatement,
  placesReceiver,
  type Places,
} from '../../postgres/row-places.ts';
import type { Session } from '../../postgres/wire/session.ts';
import type { KnownPlace } from '../requests.ts';
import type { ChunkWriter } from './chunk-writer.ts';
import type { KnownRange } from './known-ranges.ts';
import { readRowMap } from './known-row-maps.ts';
import type { RangeResult } from './range-memory.ts';
import { readRanges, requireConfirmed, type RangeData } from './range-reader.ts';
import type { RangeTask } from './range-tasks.ts';
import { keysWith } from './reuse.ts';
import { areWanted, planRows, type RowPlan } from './row-changes.ts';
import { dropRuns, encodeRowMap, lineList, type LineList, type RowMap } from './row-map.ts';

/** What reading only the changed rows of ranges needs. */
export interface ChangedRowsContext {
  session: Session;
  writer: ChunkWriter;
  place: KnownPlace | undefined;
  /** For what is kept there. */
  key: KeyObject | undefined;
  /** See `RangeStatements`. The tables are locked. */
  confirm: string;
  onData: (rawBytes: number) => void;
}

interface Planned {
  task: RangeTask;
  known: KnownRange;
  /** Where the rows are that were there before. */
  old: Places;
  plan: RowPlan;
}

/** What was read of a range. */
interface Fetched {
  data: RangeData;
  lines: LineList;
}

/**
 * Compares the rows of ranges where a row map says what they were, and reads only those that are new.
 * @param counts what the ranges hold now, of those that were asked
 * @returns nothing of a range that is to be read as a whole
 */
export async function readChangedRows(
  context: ChangedRowsContext,
  tasks: readonly RangeTask[],
  counts: ReadonlyMap<RangeTask, RowCount>,
): Promise<Map<RangeTask, RangeResult>> {
  const { writer } = context;
  const planned = await planChanges(context, tasks);
  const fetching = planned.filter(
    ({ task, plan }) => plan.again.block.length > 0 || counts.get(task)?.fresh !== 0,
  );
  const fetched = await fetchRows(context, fetching);
  const results = new Map<RangeTask, RangeResult>();
  for (const each of planned) {
    const result = await resultOfPlan(writer, each, fetched.get(each), counts.get(each.task));
    if (result) results.set(each.task, result);
  }
  return results;
}

/** What is to be done with each range whose map is known, and whose lines go on in chunks that the store has. */
async function planChanges(
  { session, writer, place, key, confirm }: ChangedRowsContext,
  tasks: readonly RangeTask[],
): Promise<Planned[]> {
  const hot = tasks.flatMap((task) => (task.known?.mapped ? [{ task, known: task.known }] : []));
  if (!place || hot.length === 0) return [];
  const placeOf = ({ task, known }: (typeof hot)[number]) => ({
    table: task.table.relation.oid,
    fromBlock: known.fromBlock,
  });
  const kept = new Map(
    (await place.loadMaps(hot.map(placeOf))).map((each) => [`${each.table} ${each.fromBlock}`, each]),
  );
  const mapped: { task: RangeTask; known: KnownRange; map: RowMap }[] = [];
  for (const each of hot) {
    const { table, fromBlock } = placeOf(each);
    const stored = kept.get(`${table} ${fromBlock}`);
    const map = stored && readRowMap(stored, each.known, key);
    if (map) mapped.push({ ...each, map });
  }
  const olds = await readOldPlaces(session, mapped, confirm);
  const planned: Planned[] = [];
  for (const [i, { task, known, map }] of mapped.entries()) {
    const old = olds[i]!;
    const plan = planRows(map, old);
    if (!plan) continue;
    const needed: ChunkReference[] = plan.kept.flatMap((at) => known.segments[at]!.chunks);
    if (known.drops && plan.drops && !plan.dropsMore) needed.push(known.drops);
    const lacking = await writer.use(needed);
    if (lacking.size === 0) planned.push({ task, known, old, plan });
  }
  return planned;
}

/** Where the rows of ranges are that were there before, in order. */
async function readOldPlaces(
  session: Session,
  ranges: readonly Pick<Planned, 'task' | 'known'>[],
  confirm: string,
): Promise<Places[]> {
  if (ranges.length === 0) return [];
  const receiver = placesReceiver();
  const statements = ranges.map(({ task: { table, range }, known }) =>
    oldPlacesStatement(table.relation, range, known.writtenBefore),
  );
  await session.copyOut([...statements, confirm], receiver);
  if (receiver.places.length !== ranges.length) {
    throw new Error('not every COPY of places reported its end');
  }
  requireConfirmed(receiver.answers);
  return receiver.places;
}

/** Reads what was written since, and what is to be read again. */
async function fetchRows(
  { session, writer, confirm, onData }: ChangedRowsContext,
  planned: readonly Planned[],
): Promise<Map<Planned, Fetched>> {
  if (planned.length === 0) return new Map();
  const placed = new Map(planned.map((_, i) => [i, lineList()]));
  const { ranges } = await readRanges(
    session,
    {
      copies: planned.map(({ task, known, plan }) =>
        placedCopyStatement(task.source, task.range, { since: known.writtenBefore, places: plan.again }),
      ),
      placed,
      keyFields: new Map(planned.flatMap(({ task }, i) => (task.key ? [[i, task.key]] : []))),
      confirm,
    },
    writer,
    onData,
  );
  return new Map(planned.map((each, i) => [each, { data: ranges[i]!, lines: placed.get(i)! }]));
}

/** @returns undefined where what was read is not what was wanted: then nothing of it counts */
async function resultOfPlan(
  writer: ChunkWriter,
  { task, known, old, plan }: Planned,
  fetched: Fetched | undefined,
  count: RowCount | undefined,
): Promise<RangeResult | undefined> {
  const fresh = fetched?.lines.lines();
  if (fetched && (fetched.lines.bytes !== fetched.data.rawBytes || !areWanted(fresh!, old, plan)))
    return undefined;
  const read = fetched?.data.rows ?? 0;
  const rows = plan.rows + read;
  if (count && rows !== count.rows) return undefined;
  const rowsChanged = Math.max(plan.gone, read - plan.again.block.length);
  const unchanged = rowsChanged === 0 && plan.kept.length === known.segments.length;
  const made: ManifestSegment[] =
    fetched && read > 0 ? [{ chunks: fetched.data.chunks, lines: fetched.data.rows }] : [];
  return {
    rows,
    rawBytes: plan.rawBytes + (fetched?.data.rawBytes ?? 0),
    segments: [...plan.kept.map((at) => known.segments[at]!), ...made],
    drops: plan.drops ? await dropsOf(writer, known, plan) : undefined,
    keys: () => (rows > 0 ? keysWith(task, known, fetched?.data) : null),
    rowMap: unchanged ? undefined : encodeRowMap(made.length > 0 ? [...plan.map, fresh!] : plan.map),
    how: unchanged ? 'unchanged' : 'changed',
    readRawBytes: fetched?.data.rawBytes ?? 0,
    made,
    rowsChanged,
  };
}

async function dropsOf(
  writer: ChunkWriter,
  known: KnownRange,
  { map, dropsMore }: RowPlan,
): Promise<ChunkReference> {
  if (known.drops && !dropsMore) return known.drops;
  return await writer.put(dropsText(dropRuns(map)), false, false);
}
