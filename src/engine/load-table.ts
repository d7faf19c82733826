import { HoldfastError } from '../base/errors.ts';
import type { ManifestRange, ManifestTable } from '../format/manifest.ts';
import { displayName } from '../postgres/identifiers.ts';
import { copyInStatement, storedColumns } from '../postgres/ranges.ts';
import type { Session } from '../postgres/session.ts';
import type { Store } from '../store/store.ts';
import { readChunks } from './chunk-reader.ts';
import type { ProgressMeter } from './progress-meter.ts';

/**
 * Fills a table with the rows of these ranges, in one COPY, and proves that the server took as many as the
 * manifest says.
 * @returns the number of rows
 * @throws PROOF_FAILED, CHUNK_MISSING, CHUNK_CORRUPT
 */
export async function loadTable(
  session: Session,
  store: Store,
  table: ManifestTable,
  ranges: readonly ManifestRange[],
  meter: ProgressMeter,
): Promise<number> {
  const expected = ranges.reduce((sum, range) => sum + range.rows, 0);
  const references = ranges.flatMap((range) => range.chunks);
  if (references.length === 0 && expected === 0) return 0;
  const rows = await session.copyIn(
    copyInStatement(table.loadVia ?? table, storedColumns(table.columns)),
    metered(store, references, meter),
  );
  if (rows !== expected) {
    throw new HoldfastError(
      'PROOF_FAILED',
      `${displayName(table)} took ${rows} rows where the backup has ${expected}.`,
      { details: { table: displayName(table), rows, expectedRows: expected } },
    );
  }
  meter.addRows(rows);
  return rows;
}

async function* metered(
  store: Store,
  references: ManifestRange['chunks'],
  meter: ProgressMeter,
): AsyncGenerator<Uint8Array> {
  for await (const raw of readChunks(store, references, (stored) => meter.addStoredBytes(stored))) {
    yield raw;
    meter.addRawBytes(raw.length);
  }
}
