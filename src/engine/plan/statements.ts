import type { ManifestTable, SchemaEntry } from '../../format/manifest.ts';
import { quoteIdentifier, quoteName } from '../../postgres/identifiers.ts';
import { copyInStatement, storedColumns } from '../../postgres/ranges.ts';
import { setvalCall } from '../../postgres/inspect/sequences.ts';
import type { Adaptation } from '../adapt/adapt.ts';
import { copyAdapted } from '../adapt/adapted-lines.ts';
import { aroundRows, entrySql } from '../entries/sql.ts';
import { inLoadOrder } from '../entries/load-order.ts';
import type { BesidePlan, InPlacePlan, Plan } from './plan.ts';

/**
 * All SQL of the manifest that a restore would run, in its order, with the statements that load the rows. What Holdfast
 * itself runs around them is not from the manifest and not here: locks, settings, suspended triggers and keys.
 */
export function planStatements(plan: Plan): string[] {
  const { manifest, request, scope } = plan;
  const written = (entries: readonly SchemaEntry[]): string[] =>
    entries.map((entry) => entrySql(entry, request.owners)).filter((sql) => sql !== '');
  if (plan.mode === 'beside') return besideStatements(plan, written);
  const filled = request.content === 'schema' ? [] : inLoadOrder(manifest, scope.tables);
  const rows = [
    ...filled.map((table) => loading(table, adaptationOf(plan, table))),
    ...(scope.largeObjects
      ? manifest.largeObjects.objects.map(({ sql }) => sql).filter((sql) => sql !== '')
      : []),
    ...scope.sequences.map((sequence) => `SELECT ${setvalCall(sequence)};`),
  ];
  if (plan.mode === 'in-place') {
    const { order, schema } = plan;
    return [
      ...(schema.replacement?.statements ?? []),
      ...written(order.beforeData),
      ...(request.content === 'schema' ? [] : emptying(plan)),
      ...written(order.beforeRows),
      ...rows,
      ...written([...order.afterData, ...order.afterForeignKeys, ...order.last]),
    ];
  }
  const { before, after } = aroundRows(plan.entries);
  return [...written(before), ...rows, ...written(after)];
}

function besideStatements(
  { manifest, scope, request, newSchema, entries, copies, sequences }: BesidePlan,
  written: (entries: readonly SchemaEntry[]) => string[],
): string[] {
  const { before, after } = aroundRows(entries);
  const filled = request.content === 'schema' ? [] : inLoadOrder(manifest, scope.tables);
  return [
    ...(newSchema === null ? [] : [`CREATE SCHEMA ${quoteIdentifier(newSchema)};`]),
    ...written(before),
    ...filled.flatMap((table) => copies.get(table) ?? []).map((copy) => loading(copy, undefined)),
    ...sequences.map((sequence) => `SELECT ${setvalCall(sequence)};`),
    ...written(after),
  ];
}

function adaptationOf(plan: Plan, table: ManifestTable): Adaptation | undefined {
  return plan.mode === 'in-place' ? plan.adaptations.get(table) : undefined;
}

function loading(table: ManifestTable, adaptation: Adaptation | undefined): string {
  const { rows, loadVia, columns } = table;
  if (adaptation) return `${copyAdapted(adaptation, '')}; -- ${rows} rows`;
  return `${copyInStatement(loadVia ?? table, storedColumns(columns))}; -- ${rows} rows`;
}

/** In configuration tables of extensions only the rows that the backup selects. */
function emptying({ scope: { tables }, adaptations }: InPlacePlan): string[] {
  const chosen = tables.filter(({ condition }) => condition !== null);
  const whole = tables
    .filter(({ condition }) => condition === null)
    .map((table) => `${adaptations.get(table)?.partitioned ? '' : 'ONLY '}${quoteName(table)}`);
  return [
    ...chosen.map((table) => `DELETE FROM ONLY ${quoteName(table)} ${table.condition};`),
    ...(whole.length === 0 ? [] : [`TRUNCATE TABLE ${whole.join(', ')};`]),
  ];
}
