import type { RestoreReport } from '../../contract/restore.ts';
import type { ManifestTable } from '../../format/manifest.ts';
import { displayName } from '../../postgres/identifiers.ts';
import type { Session } from '../../postgres/wire/session.ts';
import type { Store } from '../../store/store.ts';
import { inLoadOrder } from '../entries/load-order.ts';
import { filledName } from '../plan/match-tables.ts';
import type { InPlacePlan } from '../plan/plan.ts';
import type { ProgressMeter } from '../progress/meter.ts';
import { emptyChosen, loadDigested, type LoadedRows } from './extension-tables.ts';
import { loadAdapted } from './load-adapted.ts';
import { freeze, loadTable } from './load-table.ts';

/** Deletes the rows that those of the backup replace. */
export async function emptyTables(
  session: Session,
  { scope: { tables }, adaptations }: InPlacePlan,
): Promise<void> {
  // In a configuration table of an extension only the rows that the backup selects; the others belong to the extension.
  for (const table of tables.filter((each) => each.condition !== null)) {
    await emptyChosen(session, table);
  }
  const names = tables
    .filter((each) => each.condition === null)
    .map((table) => filledName(table, adaptations))
    .join(', ');
  // One statement: a table and one that still refers to it can only be truncated together.
  if (names !== '') await session.execute(`truncate table ${names}`);
}

/** COPY FREEZE needs a table that this transaction has truncated and that is not partitioned. */
export function mayFreeze(table: ManifestTable): boolean {
  return table.condition === null && table.loadVia === null;
}

export async function loadTables(
  session: Session,
  store: Store,
  { manifest, scope, adaptations }: InPlacePlan,
  meter: ProgressMeter,
): Promise<{ loaded: RestoreReport['tables']; proofs: LoadedRows[]; adapted: LoadedRows[] }> {
  const counts = new Map<ManifestTable, number>();
  const proofs: LoadedRows[] = [];
  const adapted: LoadedRows[] = [];
  for (const table of inLoadOrder(manifest, scope.tables)) {
    meter.currentTable(table);
    const adaptation = adaptations.get(table);
    if (adaptation) {
      const { rows, proof } = await loadAdapted(session, store, table, adaptation, meter);
      counts.set(table, rows);
      adapted.push(proof);
    } else if (table.kind === 'extension-config') {
      const { rows, proof } = await loadDigested(session, store, table, meter);
      counts.set(table, rows);
      proofs.push(proof);
    } else {
      const options = mayFreeze(table) ? freeze : '';
      counts.set(table, await loadTable(session, store, table, table.ranges, meter, options));
    }
    meter.tableDone();
  }
  const loaded = scope.tables.map((table) => ({
    table: displayName(table),
    rows: counts.get(table) ?? 0,
    expectedRows: table.rows,
  }));
  return { loaded, proofs, adapted };
}
