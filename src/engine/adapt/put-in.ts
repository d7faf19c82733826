import { sqlState } from '../../postgres/failure.ts';
import type { ColumnType } from '../../postgres/inspect/column-types.ts';
import type { Session } from '../../postgres/wire/session.ts';
import type { PutIn } from './adapt.ts';
import type { TypeChange } from './type-changes.ts';

const nothing: PutIn = { text: null, readBack: null };

/**
 * A value of the request as the server writes it in the column of today, and read back as one of the backup.
 * @param session in a transaction
 * @returns the reason why it is none of that type, a clause
 */
export async function putIn(
  session: Session,
  value: string | null,
  type: ColumnType,
  change?: TypeChange,
): Promise<PutIn | string> {
  if (value === null) return nothing;
  await session.execute('savepoint holdfast_value');
  try {
    const [row] = await session.query<{ text: string; back: string }>(
      `select pg_catalog.format('%s', v.x) as text, pg_catalog.format('%s', ${change?.readBack('v.x') ?? 'v.x'}) as back
       from (select $1::${type.text} as x) v`,
      [value],
    );
    const { text, back } = row!;
    // A cast cuts text off where COPY refuses it.
    const cut = type.name.startsWith('character') && text.trimEnd() !== value.trimEnd();
    return cut ? `"${value}" is longer than ${type.text}` : { text, readBack: back };
  } catch (error) {
    if (sqlState(error) === undefined) throw error;
    return `"${value}" is no ${type.text}: ${(error as Error).message}`;
  } finally {
    await session.execute('rollback to savepoint holdfast_value; release savepoint holdfast_value');
  }
}
