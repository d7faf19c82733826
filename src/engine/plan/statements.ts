import type { Manifest, ManifestTable, SchemaEntry } from '../../format/manifest.ts';
import { quoteName } from '../../postgres/identifiers.ts';
import { copyInStatement, storedColumns } from '../../postgres/ranges.ts';
import { setvalCall } from '../../postgres/inspect/sequences.ts';
import { creationOrder } from './creation-order.ts';
import { entrySql, isLate } from '../entries/sql.ts';
import { leftOutForeignKeys } from '../entries/omitted-foreign-keys.ts';
import { inLoadOrder } from '../entries/load-order.ts';
import type { PreparedRestore } from './plan.ts';
import type { RestoreRequest } from '../requests.ts';

/**
 * All SQL of the manifest that a restore would run, in its order, with the statements that bring the rows in. What Holdfast
 * does by itself around them is not from the manifest and not here: locks, settings, triggers and keys that are set aside.
 */
export function planStatements(
  { scope, schema }: PreparedRestore,
  manifest: Manifest,
  request: RestoreRequest,
): string[] {
  const written = (entries: readonly SchemaEntry[]): string[] =>
    entries.map((entry) => entrySql(entry, request.owners)).filter((sql) => sql !== '');
  const rows = [
    ...inLoadOrder(manifest, scope.tables).map(loading),
    ...(scope.largeObjects
      ? manifest.largeObjects.objects.map(({ sql }) => sql).filter((sql) => sql !== '')
      : []),
    ...scope.sequences.map((sequence) => `SELECT ${setvalCall(sequence)};`),
  ];
  if (schema !== null) {
    const order = creationOrder(schema, scope);
    return [
      ...written(order.beforeData),
      ...emptying(scope.tables),
      ...written(order.beforeRows),
      ...rows,
      ...written([...order.afterData, ...order.afterForeignKeys, ...order.last]),
    ];
  }
  const leftOut = new Set([...scope.leftOut.entries.keys(), ...leftOutForeignKeys(manifest, scope)]);
  const entries = manifest.schema.entries.filter((entry) => !leftOut.has(entry));
  const early = entries.filter((entry) => !isLate(entry));
  return [
    ...written(early.filter(({ section }) => section === 'pre-data')),
    ...rows,
    ...written([...early.filter(({ section }) => section === 'post-data'), ...entries.filter(isLate)]),
  ];
}

function loading(table: ManifestTable): string {
  const { rows, loadVia, columns } = table;
  return `${copyInStatement(loadVia ?? table, storedColumns(columns))}; -- ${rows} rows`;
}

/** Of an extension's configuration only the rows that the backup chose. */
function emptying(tables: readonly ManifestTable[]): string[] {
  const chosen = tables.filter(({ condition }) => condition !== null);
  const whole = tables
    .filter(({ condition }) => condition === null)
    .map((table) => `ONLY ${quoteName(table)}`);
  return [
    ...chosen.map((table) => `DELETE FROM ONLY ${quoteName(table)} ${table.condition};`),
    ...(whole.length === 0 ? [] : [`TRUNCATE TABLE ${whole.join(', ')};`]),
  ];
}
