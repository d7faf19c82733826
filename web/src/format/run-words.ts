/** What a backup holds and what a restore does, in words for headings and lists. Pure. */
import { countedTables } from '../../../src/base/words.ts';
import type { RestoreSummary } from '../../../src/contract/shapes.ts';
import { counted } from './numbers.ts';

/** `10 tables, 57,204 rows`; empty while the figures are unknown. */
export function contentsOf(backup: {
  tableCount: number | null;
  rowCount: number | null;
  contents?: { partitions: number } | null;
}): string {
  const { tableCount, rowCount, contents } = backup;
  if (tableCount === null || rowCount === null) return '';
  return `${countedTables(tableCount, contents?.partitions ?? 0)}, ${counted(rowCount, 'row')}`;
}

/** `public.orders`, `public.orders and public.items`, `12 tables`, `everything` */
export function scopeWords({
  restoreType,
  tables,
  tenant,
}: Pick<RestoreSummary, 'tables' | 'restoreType'> & Partial<Pick<RestoreSummary, 'tenant'>>): string {
  if (tenant) return `rows of the tenant ${tenant.id}`;
  if (restoreType === 'full' && tables.length === 0) return 'everything';
  if (restoreType === 'rows') return `rows of ${scopeWords({ restoreType: 'partial', tables })}`;
  const [first, second] = tables;
  if (tables.length === 1) return first ?? '';
  return tables.length === 2 ? `${first} and ${second}` : counted(tables.length, 'table');
}

/** `the live database`, `the schema before`, `new database rescue` */
export function targetWords({
  target,
  intoSchema,
  as,
}: Pick<RestoreSummary, 'target'> & Partial<Pick<RestoreSummary, 'intoSchema' | 'as'>>): string {
  if (target.mode === 'in-place') {
    if (intoSchema) return `the schema ${intoSchema}`;
    return as ? `the new table ${as}` : 'the live database';
  }
  return `new database ${target.database}${target.server === undefined ? '' : ` on ${target.server}`}`;
}
