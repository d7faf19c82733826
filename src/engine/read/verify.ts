import { abortReason, HoldfastError } from '../../base/errors.ts';
import { release } from '../../base/memory.ts';
import type { LostRows } from '../../contract/lost-rows.ts';
import { livingLines } from '../../format/living-lines.ts';
import type { ChunkReference, Manifest, ManifestRange } from '../../format/manifest.ts';
import type { Store } from '../../store/store.ts';
import { partsOf } from './backup-parts.ts';
import { chunkMissing, decodeStored, inBatches, noteDamage } from './chunk-reader.ts';
import { DamageFound } from './damage-found.ts';
import { allOf, lossOf, lostOf } from './lost-rows.ts';
import { ProgressMeter } from '../progress/meter.ts';
import { nextOf } from './rows.ts';
import type { RunControl } from '../run.ts';

export interface VerificationReport {
  tables: number;
  rows: number;
  chunks: number;
  rawBytes: number;
  storedBytes: number;
}

/** Of chunks that are told to be sound at once. */
const toldAtOnce = 500;

/**
 * Reads every chunk of a backup again and proves that it is what the manifest says: hash, checksum, length, and of each
 * range the lines of its segments, which of them are rows, and how long these are. Goes on after a damage, to tell the whole of
 * it.
 * @param onSound told of chunks that are what they should be
 * @throws CHUNK_MISSING or CHUNK_CORRUPT with every damaged table and the rows that are lost in details; STORE_FAILED; the
 *   abort reason
 */
export async function verifyBackup(
  store: Store,
  manifest: Manifest,
  control: RunControl,
  onSound: (ids: string[]) => Promise<void> = async () => {},
): Promise<VerificationReport> {
  const parts = partsOf(manifest);
  const meter = new ProgressMeter(control, manifest.tables.length, manifest.totals.rawBytes);
  const report: VerificationReport = { tables: 0, rows: 0, chunks: 0, rawBytes: 0, storedBytes: 0 };
  const found = new DamageFound('content');
  const damaged = new Set<string>();
  /** Where all chunks are there, and hold other rows than the manifest says. */
  const otherRows: LostRows[] = [];
  const sound: string[] = [];
  try {
    meter.phase('proof');
    for (const part of parts) {
      if (part.table) meter.currentTable(part.table);
      let rows = 0;
      let expected = 0;
      let whole = true;
      const chunks = checkChunks(store, part.chunks, control.signal);
      const next = async (): Promise<Uint8Array | undefined> => {
        const checked = await nextOf(chunks);
        const { reference } = checked;
        report.chunks++;
        if ('failure' in checked) {
          damaged.add(reference.id);
          const { code, message } = checked.failure;
          found.note(code, { part: part.name, chunk: reference.id, problem: message });
          return undefined;
        }
        report.rawBytes += reference.rawBytes;
        report.storedBytes += reference.storedBytes;
        meter.addStoredBytes(reference.storedBytes);
        sound.push(reference.id);
        return checked.raw;
      };
      try {
        for (const range of part.ranges) {
          const counted = await countRange(range, part.name, next, (bytes) => meter.addRawBytes(bytes));
          rows += counted.rows;
          whole &&= counted.whole;
          if (counted.disagrees) {
            found.note('CHUNK_CORRUPT', { part: part.name, chunk: null, problem: counted.disagrees });
            otherRows.push(lostOf(part, range, expected));
          }
          expected += range.rows;
          if (sound.length >= toldAtOnce) await onSound(sound.splice(0));
        }
      } finally {
        await chunks.return(undefined);
      }
      if (whole && rows !== part.rows) {
        otherRows.push(allOf(part));
        const problem = `holds ${rows} rows where the manifest says ${part.rows}`;
        found.note('CHUNK_CORRUPT', { part: part.name, chunk: null, problem });
      }
      report.rows += rows;
      meter.addRows(rows);
      if (!part.table) continue;
      report.tables++;
      meter.tableDone();
    }
    if (sound.length > 0) await onSound(sound.splice(0));
  } finally {
    meter.stop();
  }
  if (!found.any) return report;
  const { names, lost } = lossOf(manifest, damaged);
  throw found.error(report.chunks, {
    names: [...new Set([...names, ...otherRows.map(({ table }) => table)])],
    lost: [...lost, ...otherRows],
  });
}

type Checked = { reference: ChunkReference } & ({ raw: Uint8Array } | { failure: HoldfastError });

/** Every chunk of a part in order; the next one is decoded while one is looked at. */
async function* checkChunks(
  store: Store,
  references: readonly ChunkReference[],
  signal: AbortSignal,
): AsyncGenerator<Checked> {
  let ahead: Promise<Checked> | undefined;
  for (const batch of inBatches(references)) {
    const frames = await store.getChunks(batch.map(({ id }) => id));
    for (const [i, reference] of batch.entries()) {
      if (signal.aborted) {
        await ahead?.catch(() => {});
        throw abortReason(signal);
      }
      const checking = check(store, reference, frames[i]);
      // Awaited in the next turn; until then a failure must not count as unhandled.
      checking.catch(() => {});
      const ready = ahead;
      ahead = checking;
      if (ready) yield* lend(await ready);
    }
  }
  if (ahead) yield* lend(await ahead);
}

/** What was read is valid until the next one is asked for. */
function* lend(checked: Checked): Generator<Checked> {
  yield checked;
  if ('raw' in checked) release(checked.raw);
}

async function check(
  store: Store,
  reference: ChunkReference,
  frame: Uint8Array | undefined,
): Promise<Checked> {
  if (!frame) {
    const failure = chunkMissing(store, reference);
    await noteDamage(store, reference, failure);
    return { reference, failure };
  }
  try {
    return { reference, raw: await decodeStored(store, reference, frame) };
  } catch (error) {
    if (!(error instanceof HoldfastError) || error.code !== 'CHUNK_CORRUPT') throw error;
    return { reference, failure: error };
  } finally {
    release(frame);
  }
}

/**
 * Reads a range to its end.
 * @param next the content of the next of its chunks, undefined for one that is damaged
 * @returns the rows that were read; what is not as the manifest says, unless chunks are damaged
 */
async function countRange(
  range: ManifestRange,
  of: string,
  next: () => Promise<Uint8Array | undefined>,
  onRows: (rawBytes: number) => void,
): Promise<{ rows: number; whole: boolean; disagrees?: string }> {
  const lent = range.drops && (await next());
  const drops = lent && new Uint8Array(lent);
  let whole = !range.drops || drops !== undefined;
  let disagrees: string | undefined;
  const lines = livingLines(range, drops, of);
  const proved = (prove: () => void): void => {
    if (!whole) return;
    try {
      prove();
    } catch (error) {
      if (!(error instanceof HoldfastError) || error.code !== 'CHUNK_CORRUPT') throw error;
      whole = false;
      disagrees = error.message;
    }
  };
  for (const { chunks } of range.segments) {
    for (const _ of chunks) {
      const raw = await next();
      if (!raw) whole = false;
      else proved(() => onRows(lines.take(raw).length));
    }
    proved(() => lines.endSegment());
  }
  proved(() => lines.end());
  return { rows: lines.rows, whole, ...(disagrees === undefined ? {} : { disagrees }) };
}
