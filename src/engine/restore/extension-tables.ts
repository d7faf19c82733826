import { HoldfastError } from '../../base/errors.ts';
import type { ManifestTable } from '../../format/manifest.ts';
import { displayName, quoteName } from '../../postgres/identifiers.ts';
import { copyOutStatement } from '../../postgres/ranges.ts';
import type { Session } from '../../postgres/wire/session.ts';
import type { Store } from '../../store/store.ts';
import { steadyStatement, type Evaluation } from '../plan/evaluation.ts';
import { loadTable, type RowTaker } from './load-table.ts';
import type { ProgressMeter } from '../progress/meter.ts';
import type { Rebuild } from './rebuild.ts';
import type { RestoreReport } from '../../contract/restore.ts';
import { rowDigest } from '../read/row-digest.ts';
import { suspendGuards } from './suspend-guards.ts';

/** A digest of the rows sent to a table, to compare with the rows in it. */
export interface LoadedRows {
  table: ManifestTable;
  digest: string;
  /** The COPY … TO STDOUT that gives them back. */
  readBack: string;
  /** What is wrong where it does not; a sentence. */
  problem: string;
}

/**
 * Fills the configuration tables of a new database's extensions, before any other: input functions and generated
 * columns of those may read them. The extension's own triggers are off meanwhile.
 * @param loaded one element for each of `tables`, in their order
 */
export async function loadExtensionTables(
  session: Session,
  store: Store,
  tables: readonly ManifestTable[],
  meter: ProgressMeter,
  rebuild: Rebuild,
  loaded: RestoreReport['tables'],
  takerOf?: (table: ManifestTable) => RowTaker,
): Promise<void> {
  const own = tables.filter((table) => table.kind === 'extension-config');
  if (own.length === 0) return;
  await session.execute('begin');
  const rows = await session.query<{ oid: string }>(
    `select pg_catalog.to_regclass(n.name)::pg_catalog.oid::pg_catalog.int8 as oid from pg_catalog.unnest($1::pg_catalog.text[]) n(name)`,
    [own.map(quoteName)],
  );
  const oids = rows.filter(({ oid }) => oid !== null).map(({ oid }) => Number(oid));
  const guards = await suspendGuards(session, oids);
  const proofs: LoadedRows[] = [];
  for (const table of own) {
    meter.currentTable(table);
    // CREATE EXTENSION may have inserted such rows.
    await emptyChosen(session, table);
    const { rows: count, proof } = await loadDigested(session, store, table, meter, takerOf?.(table));
    proofs.push(proof);
    (loaded[tables.indexOf(table)] as RestoreReport['tables'][number]).rows += count;
    meter.tableDone();
  }
  await guards.resume();
  await guards.addForeignKeys({ ...rebuild, inTransaction: true });
  await guards.forceRowSecurity();
  await proveRows(session, proofs, rebuild.evaluation);
  await session.execute('commit');
}

/** Deletes the rows of a configuration table that a backup selects; the others belong to the extension. */
export async function emptyChosen(session: Session, table: ManifestTable): Promise<void> {
  await session.execute(`delete from only ${quoteName(table)} ${table.condition ?? ''}`);
}

export async function loadDigested(
  session: Session,
  store: Store,
  table: ManifestTable,
  meter: ProgressMeter,
  also?: RowTaker,
): Promise<{ rows: number; proof: LoadedRows }> {
  const digest = rowDigest();
  const taker: RowTaker = {
    add(bytes) {
      digest.add(bytes);
      return also?.add(bytes);
    },
  };
  const rows = await loadTable(session, store, table, table.ranges, meter, '', taker);
  return {
    rows,
    proof: {
      table,
      digest: digest.value(),
      readBack: copyOutStatement(table, { fromBlock: 0, toBlock: null }),
      problem: `${displayName(table)} has other rows than the backup: the extension ${table.extension ?? 'that it belongs to'} changed them while they were restored.`,
    },
  };
}

/**
 * Reads the tables once more and compares every row with what was sent: something may have changed it on the way.
 * @throws PROOF_FAILED
 */
export async function proveRows(
  session: Session,
  proofs: readonly LoadedRows[],
  evaluation: Evaluation,
): Promise<void> {
  if (proofs.length === 0) return;
  const [ours, theirs] = [steadyStatement(evaluation, 'ours'), steadyStatement(evaluation, 'theirs')];
  if (ours !== '') await session.execute(ours);
  for (const { table, digest, readBack, problem } of proofs) {
    const found = rowDigest();
    await session.copyOut([readBack], {
      data: (piece) => found.add(piece),
      statementEnd: () => {},
    });
    if (found.value() === digest) continue;
    throw new HoldfastError('PROOF_FAILED', problem, { details: { table: displayName(table) } });
  }
  if (theirs !== '') await session.execute(theirs);
}
