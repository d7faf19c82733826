import type { SchemaEntry } from '../../format/manifest.ts';
import { sqlState } from '../../postgres/failure.ts';
import type { Session } from '../../postgres/wire/session.ts';
import { entrySql } from '../entries/sql.ts';
import { runEntry, type Rebuild } from './rebuild.ts';

const entriesPerBatch = 100;

/** Runs entries in their order, many a round trip. Outside of a transaction. @throws an error that names the entry */
export async function runEntries(
  session: Session,
  entries: readonly SchemaEntry[],
  rebuild: Rebuild,
): Promise<void> {
  let batch: SchemaEntry[] = [];
  for (const entry of entries) {
    // A refresh may take long, and has settings of its own.
    const alone = entry.kind === 'MATERIALIZED VIEW DATA';
    if (alone || batch.length === entriesPerBatch) {
      await runTogether(session, batch, rebuild);
      batch = [];
    }
    if (alone) await runEntry(session, entry, rebuild);
    else batch.push(entry);
  }
  await runTogether(session, batch, rebuild);
}

/** Runs entries in one round trip; where that fails, one by one, to say which it was. Outside of a transaction. */
export async function runTogether(
  session: Session,
  entries: readonly SchemaEntry[],
  rebuild: Rebuild,
): Promise<void> {
  const sql = entries.map((entry) => entrySql(entry, rebuild.request.owners)).join('\n');
  if (sql.trim() === '') return;
  try {
    // One simple query is one transaction: what fails has changed nothing.
    await session.execute(sql);
  } catch (error) {
    if (sqlState(error) === undefined) throw error;
    for (const entry of entries) await runEntry(session, entry, rebuild);
  }
}
