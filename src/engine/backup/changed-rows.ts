import type { KeyObject } from 'node:crypto';
import { dropsText } from '../../format/drops.ts';
import type { ChunkReference, ManifestSegment } from '../../format/manifest.ts';
import { keysStatement, parseFingerprint, parseKeys, type Fingerprint } from '../../postgres/fingerprint.ts';
import {
  placesIn,
  rowVersionsReceiver,
  rowVersionsStatement,
  versionedCopyStatement,
  type RowVersions,
} from '../../postgres/row-versions.ts';
import type { Session } from '../../postgres/wire/session.ts';
import type { KnownPlace } from '../requests.ts';
import type { ChunkWriter } from './chunk-writer.ts';
import type { KnownRange } from './known-ranges.ts';
import { readRowMap } from './known-row-maps.ts';
import type { RangeResult } from './range-memory.ts';
import { readRanges, requireConfirmed, type RangeData } from './range-reader.ts';
import type { RangeTask } from './range-tasks.ts';
import { planRows, type RowPlan } from './row-changes.ts';
import { dropRuns, encodeRowMap, lineList, type LineList, type RowMap, type SegmentMap } from './row-map.ts';

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
  plan: RowPlan;
}

/**
 * Compares the rows of ranges where a row map says what they were, and reads only those that are new.
 * @param fingerprints what the ranges are now, of those that were asked
 * @returns nothing of a range that is to be read as a whole
 */
export async function readChangedRows(
  context: ChangedRowsContext,
  tasks: readonly RangeTask[],
  fingerprints: ReadonlyMap<RangeTask, Fingerprint>,
): Promise<Map<RangeTask, RangeResult>> {
  const { session, writer, confirm, onData } = context;
  const planned = await planChanges(context, tasks);
  const fetching = planned.filter(({ plan }) => plan.wanted.block.length > 0);
  const questions = planned.flatMap((each) => questionOf(each, fingerprints) ?? []);
  const lists = new Map(fetching.map((_, i) => [i, lineList()]));
  const { ranges, answers } =
    fetching.length + questions.length === 0
      ? { ranges: [], answers: [] }
      : await readRanges(
          session,
          {
            questions: questions.map(({ text }) => text),
            copies: fetching.map(({ task, plan }) =>
              versionedCopyStatement(task.source, task.range, plan.wanted),
            ),
            versioned: lists,
            confirm,
          },
          writer,
          onData,
        );
  const results = new Map<RangeTask, RangeResult>();
  for (const each of planned) {
    const { task } = each;
    const at = fetching.indexOf(each);
    const fetched = at < 0 ? undefined : { data: ranges[at]!, lines: lists.get(at)! };
    const asked = questions.findIndex((question) => question.task === task);
    const found =
      fingerprints.get(task) ?? (asked < 0 ? keptOf(each) : questions[asked]!.parse(answers[asked]!));
    const result = await resultOfPlan(writer, each, fetched, found);
    if (result) results.set(task, result);
  }
  return results;
}

/** What is said of the range beside its rows: a fingerprint is not asked for again while the range keeps changing. */
type Found = Pick<Fingerprint, 'hash' | 'keys'>;

const notAsked = '';

function isUnchanged({ known, plan }: Planned): boolean {
  return plan.rowsChanged === 0 && plan.kept.length === known.segments.length;
}

function keptOf({ known }: Planned): Found {
  return { hash: known.fingerprint, keys: known.keys };
}

/** What is to be asked of the server to know that; undefined where it is known. */
function questionOf(
  planned: Planned,
  fingerprints: ReadonlyMap<RangeTask, Fingerprint>,
): { task: RangeTask; text: string; parse: (answer: string) => Found } | undefined {
  const { task, known, plan } = planned;
  if (fingerprints.has(task)) return undefined;
  if (isUnchanged(planned)) {
    // It may have come to rest.
    if (known.fingerprint !== notAsked) return undefined;
    return { task, text: task.fingerprint!, parse: parseFingerprint };
  }
  if (!task.key || !known.keys || plan.wanted.block.length === 0) return undefined;
  return {
    task,
    text: keysStatement(task.table.relation, task.key, known.keys, placesIn(task.range, plan.wanted)),
    parse: (answer) => ({ hash: notAsked, keys: parseKeys(answer) }),
  };
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
  const now = await readVersions(
    session,
    mapped.map(({ task }) => task),
    confirm,
  );
  const planned: Planned[] = [];
  for (const [i, { task, known, map }] of mapped.entries()) {
    const plan = planRows(map, now[i]!);
    if (!plan) continue;
    const needed: ChunkReference[] = plan.kept.flatMap((at) => known.segments[at]!.chunks);
    if (known.drops && plan.drops && !plan.dropsMore) needed.push(known.drops);
    const lacking = await writer.use(needed);
    if (lacking.size === 0) planned.push({ task, known, plan });
  }
  return planned;
}

/** The row versions that are in ranges now, in the order of their places. */
async function readVersions(
  session: Session,
  tasks: readonly RangeTask[],
  confirm: string,
): Promise<RowVersions[]> {
  if (tasks.length === 0) return [];
  const receiver = rowVersionsReceiver();
  const statements = tasks.map(({ table, range }) => rowVersionsStatement(table.relation, range));
  await session.copyOut([...statements, confirm], receiver);
  if (receiver.versions.length !== tasks.length) {
    throw new Error('not every COPY of row versions reported its end');
  }
  requireConfirmed(receiver.answers);
  return receiver.versions;
}

/** @returns undefined where what was read is not what was wanted: then nothing of it counts */
async function resultOfPlan(
  writer: ChunkWriter,
  planned: Planned,
  fetched: { data: RangeData; lines: LineList } | undefined,
  found: Found & Partial<Fingerprint>,
): Promise<RangeResult | undefined> {
  const { known, plan } = planned;
  const fresh = fetched?.lines.lines();
  if (fetched && !isWanted(fetched, fresh!, plan)) return undefined;
  const rows = plan.rows + (fetched?.data.rows ?? 0);
  if (found.rows !== undefined && rows !== found.rows) return undefined;
  const unchanged = isUnchanged(planned);
  const made: ManifestSegment[] = fetched ? [{ chunks: fetched.data.chunks, lines: fetched.data.rows }] : [];
  return {
    rows,
    rawBytes: plan.rawBytes + (fetched?.data.rawBytes ?? 0),
    segments: [...plan.kept.map((at) => known.segments[at]!), ...made],
    drops: plan.drops ? await dropsOf(writer, known, plan) : undefined,
    fingerprint: unchanged || found.rows !== undefined ? found.hash : notAsked,
    keys: rows > 0 ? found.keys : null,
    rowMap: unchanged ? undefined : encodeRowMap(fresh ? [...plan.map, fresh] : plan.map),
    how: unchanged ? 'unchanged' : 'changed',
    readRawBytes: fetched?.data.rawBytes ?? 0,
    made,
    rowsChanged: plan.rowsChanged,
  };
}

function isWanted(
  { data, lines }: { data: RangeData; lines: LineList },
  fresh: SegmentMap,
  { wanted }: RowPlan,
): boolean {
  const count = wanted.block.length;
  if (data.rows !== count || lines.length !== count || lines.bytes !== data.rawBytes) return false;
  for (let i = 0; i < count; i++) {
    const same =
      fresh.block[i] === wanted.block[i] &&
      fresh.offset[i] === wanted.offset[i] &&
      fresh.xmin[i] === wanted.xmin[i];
    if (!same) return false;
  }
  return true;
}

async function dropsOf(
  writer: ChunkWriter,
  known: KnownRange,
  { map, dropsMore }: RowPlan,
): Promise<ChunkReference> {
  if (known.drops && !dropsMore) return known.drops;
  return await writer.put(dropsText(dropRuns(map)), false, false);
}
