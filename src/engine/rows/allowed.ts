import { HoldfastError } from '../../base/errors.ts';
import { displayName, quoteName } from '../../postgres/identifiers.ts';
import { readTablesWithRules } from '../../postgres/inspect/references.ts';
import type { Session } from '../../postgres/wire/session.ts';
import { refusalError, refusalsOf } from '../plan/refusals.ts';
import type { RestoreRequest, RowsRequest } from '../requests.ts';
import type { LiveTables } from './live-tables.ts';
import type { RowTable } from './rows.ts';

/**
 * Whether rows may be put into a table.
 * @throws SCHEMA_DRIFT, TABLE_NOT_READABLE, ROW_SECURITY_ACTIVE, ROWS_UNFIT
 */
export async function requireAllowed(
  session: Session,
  live: LiveTables,
  table: RowTable,
  { own, rows }: { own: RestoreRequest['own']; rows: Pick<RowsRequest, 'onConflict'> },
): Promise<void> {
  const name = displayName(table);
  if (own.tables.some((each) => quoteName(each) === quoteName(table))) {
    throw unfit(`${name} is a table of Holdfast itself.`);
  }
  const hidden = live.hidden(table);
  if (hidden === 'unreadable') {
    throw new HoldfastError('TABLE_NOT_READABLE', `This role may not read ${name}.`, {
      details: { tables: [name] },
    });
  }
  if (hidden === 'row security') {
    throw new HoldfastError(
      'ROW_SECURITY_ACTIVE',
      `Row-level security hides rows of ${name} from this role.`,
      {
        hint: 'To compare rows, all must be seen. Use a role with BYPASSRLS, or restore the whole table.',
        details: { tables: [name] },
      },
    );
  }
  const [drift] = refusalsOf({ extensionProblems: [], missingRoles: [], drift: await live.driftOf(table) });
  if (drift) throw refusalError(drift);
  if ((await readTablesWithRules(session, table.relations)).length > 0) {
    throw unfit(`${name} has rules (CREATE RULE), which would act on the rows that are put there.`);
  }
  if (table.columns.length === 0) throw unfit(`${name} has no columns whose values are stored.`);
  if (!table.key && rows.onConflict !== 'append') {
    throw new HoldfastError(
      'ROWS_UNFIT',
      `${name} has no primary key and no unique key without NULL, so nothing tells which of its rows are in the backup.`,
      {
        hint: 'Nothing was changed. With onConflict "append" (--on-conflict append) the rows are added beside those that are there, also where the same are there already.',
        details: { table: name },
      },
    );
  }
}

/** Compares rows by the unique key of these columns. @throws INVALID_REQUEST where the table has none */
export function compareBy(table: RowTable, columns: readonly string[]): void {
  const wanted = JSON.stringify(columns.toSorted());
  const key = table.keys.find((each) => !each.nullable && JSON.stringify(each.columns.toSorted()) === wanted);
  if (!key) {
    throw new HoldfastError(
      'INVALID_REQUEST',
      `${displayName(table)} has no unique key of ${columns.join(', ')} whose columns are NOT NULL.`,
      { hint: 'Name the columns of a primary key or of a unique key, or leave `by` out.' },
    );
  }
  table.key = key;
}

function unfit(message: string): HoldfastError {
  return new HoldfastError('ROWS_UNFIT', message);
}
