import { hash } from 'node:crypto';
import { HoldfastError } from '../../base/errors.ts';
import { rangeChunks, type ManifestRange } from '../../format/manifest.ts';
import { displayName } from '../../postgres/identifiers.ts';
import type { Store } from '../../store/store.ts';
import { rowDigest } from '../read/row-digest.ts';
import { readRows } from '../read/rows.ts';
import type { KnownRange } from './known-ranges.ts';
import type { RangeResult } from './range-memory.ts';
import type { RangeTask } from './range-tasks.ts';
import type { BackupWarnings } from './warnings.ts';

/*
 * What was called equal by the age of its rows is read again from time to time all the same, and compared. Nothing is expected to
 * differ; if it ever does, an alarm is worth more than an argument why it cannot.
 */

const dayMs = 24 * 3_600_000;

/**
 * Whether a range is to be read again. Spread over half of the time there is, by where the range lies, so that no night pays for all
 * of them.
 * @param days after which each range has been read again; 0 for never
 */
export function isDueAgain(
  oid: number,
  { fromBlock, readAtMs }: Pick<KnownRange, 'fromBlock' | 'readAtMs'>,
  days: number,
  nowMs: number,
): boolean {
  if (days === 0) return false;
  const share = hash('sha256', `${oid} ${fromBlock}`, 'buffer').readUInt32BE(0) / 2 ** 32;
  return nowMs - readAtMs >= days * dayMs * (0.5 + share / 2);
}

/**
 * Compares what was read although it was called equal with what is known of it, once all chunks have their names. What differs is a
 * warning of the backup, which has the rows as they were read now.
 */
export async function compareReread(
  store: Store,
  results: ReadonlyMap<RangeTask, RangeResult>,
  warnings: BackupWarnings,
): Promise<void> {
  for (const [task, result] of results) {
    const { known, readAnyway, table, range } = task;
    if (!readAnyway || !known || result.how === 'changed') continue;
    const was: ManifestRange = {
      fromBlock: known.fromBlock,
      toBlock: known.toBlock,
      rows: known.rows,
      rawBytes: known.rawBytes,
      segments: [...known.segments],
      drops: known.drops,
    };
    const now: ManifestRange = {
      ...range,
      rows: result.rows,
      rawBytes: result.rawBytes,
      segments: result.segments,
    };
    const name = displayName(table.relation);
    if (await isSame(store, was, now, name)) continue;
    warnings.add({
      code: 'FINGERPRINT_MISMATCH',
      object: `TABLE ${name}`,
      table: table.relation,
      message: `Rows from block ${range.fromBlock} on were taken to be those of ${new Date(known.readAtMs).toISOString()}, and are not. This backup has them as they are now; backups since then may have them as they were. Take it as damage to the data or as a fault of Holdfast, until you know which: check the server's disks (amcheck, data checksums), keep this backup, and report it.`,
    });
  }
}

async function isSame(store: Store, was: ManifestRange, now: ManifestRange, name: string): Promise<boolean> {
  const ids = (range: ManifestRange): string =>
    rangeChunks([range])
      .map(({ id }) => id)
      .join(' ');
  if (ids(was) === ids(now)) return true;
  if (was.rows !== now.rows || was.rawBytes !== now.rawBytes) return false;
  // The same rows in another order, or cut otherwise. Without a key that opens, their number and length have to do.
  if (store.keys.sealed && !store.keys.open) return was.segments.length > 1 || was.drops !== undefined;
  try {
    return (await digestOf(store, was, name)) === (await digestOf(store, now, name));
  } catch (error) {
    // What is damaged or gone is known to be so from now on, and cannot be compared.
    if (error instanceof HoldfastError && (error.code === 'CHUNK_MISSING' || error.code === 'CHUNK_CORRUPT'))
      return true;
    throw error;
  }
}

async function digestOf(store: Store, range: ManifestRange, name: string): Promise<string> {
  const digest = rowDigest();
  for await (const rows of readRows(store, [range], name)) digest.add(rows);
  return digest.value();
}
