import { abortReason, HoldfastError, type ErrorCode } from '../../base/errors.ts';
import { release } from '../../base/memory.ts';
import type { ChunkReference, Manifest } from '../../format/manifest.ts';
import type { Store } from '../../store/store.ts';
import { partsOf } from './backup-parts.ts';
import { chunkMissing, decodeStored, inBatches, noteDamage } from './chunk-reader.ts';
import { ProgressMeter } from '../progress/meter.ts';
import type { RunControl } from '../run.ts';

export interface VerificationReport {
  tables: number;
  rows: number;
  chunks: number;
  rawBytes: number;
  storedBytes: number;
}

/** What is wrong with a backup; of many damages the first ones. */
interface Damage {
  /** `schema.table`, or `large objects`. */
  part: string;
  /** The chunk; null where a part has other rows than the manifest says. */
  chunk: string | null;
  problem: string;
}

const namedDamages = 100;
const newline = 10;

/**
 * Reads every chunk of a backup again and proves that it is what the manifest says: hash, checksum, length, and of each
 * table the number of rows. Goes on after a damage, to tell the whole of it.
 * @throws CHUNK_MISSING or CHUNK_CORRUPT with every damaged table in details; STORE_FAILED; the abort reason
 */
export async function verifyBackup(
  store: Store,
  manifest: Manifest,
  control: RunControl,
): Promise<VerificationReport> {
  const parts = partsOf(manifest);
  const meter = new ProgressMeter(control, manifest.tables.length, manifest.totals.rawBytes);
  const report: VerificationReport = { tables: 0, rows: 0, chunks: 0, rawBytes: 0, storedBytes: 0 };
  const damages: Damage[] = [];
  const damagedParts = new Set<string>();
  let damagedChunks = 0;
  let worst: ErrorCode | undefined;
  const note = (part: string, chunk: string | null, code: ErrorCode, problem: string): void => {
    damagedParts.add(part);
    // What is not there is worse than what may be read in part.
    if (worst !== 'CHUNK_MISSING') worst = code;
    if (damages.length < namedDamages) damages.push({ part, chunk, problem });
  };
  try {
    meter.phase('proof');
    for (const part of parts) {
      if (part.table) meter.currentTable(part.table);
      let rows = 0;
      let whole = true;
      for await (const checked of checkChunks(store, part.chunks, control.signal)) {
        const { reference } = checked;
        report.chunks++;
        if ('failure' in checked) {
          whole = false;
          damagedChunks++;
          note(part.name, reference.id, checked.failure.code, checked.failure.message);
          continue;
        }
        rows += countRows(checked.raw);
        report.rawBytes += reference.rawBytes;
        report.storedBytes += reference.storedBytes;
        meter.addRawBytes(reference.rawBytes);
        meter.addStoredBytes(reference.storedBytes);
      }
      if (whole && rows !== part.rows) {
        note(part.name, null, 'CHUNK_CORRUPT', `holds ${rows} rows where the manifest says ${part.rows}`);
      }
      report.rows += rows;
      meter.addRows(rows);
      if (!part.table) continue;
      report.tables++;
      meter.tableDone();
    }
  } finally {
    meter.stop();
  }
  if (worst === undefined) return report;
  const names = [...damagedParts];
  throw new HoldfastError(
    worst,
    `${damagedChunks} of ${report.chunks} chunks are missing or damaged; what they hold of ${listed(names)} cannot be restored.`,
    { details: { damagedChunks, chunks: report.chunks, tables: names, damages } },
  );
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

/** In COPY text a line break inside a value is written as `\n`, so each byte of this value ends a row. */
function countRows(raw: Uint8Array): number {
  let rows = 0;
  for (let i = 0; i < raw.length; i++) if (raw[i] === newline) rows++;
  return rows;
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(', ');
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown;
}
