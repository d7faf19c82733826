import type { ManifestTable } from '../../format/manifest.ts';
import { displayName } from '../../postgres/identifiers.ts';
import type { Session } from '../../postgres/wire/session.ts';
import type { Store } from '../../store/store.ts';
import type { Adaptation } from '../adapt/adapt.ts';
import { copyAdapted, copyBack, linesToReadBack, linesToSend } from '../adapt/adapted-lines.ts';
import type { ProgressMeter } from '../progress/meter.ts';
import { rowDigest } from '../read/row-digest.ts';
import type { LoadedRows } from './extension-tables.ts';
import { copyRows, freeze } from './load-table.ts';

/**
 * Fills a live table of another form with the rows of a backup.
 * @returns how many, and a digest of them in the form of the backup, to compare with what the table then gives back
 * @throws what loadTable throws
 */
export async function loadAdapted(
  session: Session,
  store: Store,
  table: ManifestTable,
  adaptation: Adaptation,
  meter: ProgressMeter,
): Promise<{ rows: number; proof: LoadedRows }> {
  const send = linesToSend(adaptation);
  const readBack = linesToReadBack(adaptation);
  const digest = rowDigest();
  const rewritten = async function* (read: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const text of read) {
      const { length } = text;
      digest.add(readBack?.take(text) ?? text);
      const sent = send?.take(text) ?? text;
      if (sent.length > 0) yield sent;
      meter.addRawBytes(length);
    }
  };
  const statement = copyAdapted(adaptation, adaptation.partitioned ? '' : freeze);
  const rows = await copyRows(
    session,
    store,
    { table, ranges: table.ranges, statement, rows: rewritten },
    meter,
  );
  return {
    rows,
    proof: {
      table,
      digest: digest.value(),
      readBack: copyBack(adaptation),
      problem: `${displayName(table)} does not give the rows of the backup back: at least one value is another in the form that the table has today. Nothing was changed.`,
    },
  };
}
