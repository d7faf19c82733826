import { quoteLiteral, quoteName, type QualifiedName } from '../identifiers.ts';
import { sqlState } from '../failure.ts';
import type { Session } from '../wire/session.ts';

/** Numbers of transactions in rows have 32 bits and are given out again: one is told from another for half of them. */
const tellable = 2n ** 31n;
const wrap = 2n ** 32n;
const cancelled = '57014';

export interface RowsOfTransaction {
  rows: number;
  /** Of these, those that the transaction wrote and nobody has changed since. */
  own: number;
}

/** Whether rows of this transaction (`pg_current_xact_id`) can still be told from those of others. */
export async function isTellable(session: Session, transaction: string): Promise<boolean> {
  const [row] = await session.query<{ next: string }>(
    'select pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::pg_catalog.text as next',
  );
  const passed = BigInt(row!.next) - BigInt(transaction);
  return passed > 0n && passed < tellable;
}

/**
 * Counts the rows of a table and, among them, those that a transaction has left there: `xmin` names the transaction that
 * wrote a row version, and outlives freezing. Only for a table that may be queried and whose access method is heap.
 * @returns undefined where that takes longer than `timeoutMs`; the transaction of `session` goes on
 */
export async function countRowsOf(
  session: Session,
  table: QualifiedName,
  transaction: string,
  timeoutMs: number,
): Promise<RowsOfTransaction | undefined> {
  const own = quoteLiteral(String(BigInt(transaction) % wrap));
  await session.execute(`savepoint holdfast_count; set local statement_timeout = ${timeoutMs}`);
  try {
    const [row] = await session.query<{ rows: string; own: string }>(
      `select pg_catalog.count(*)::pg_catalog.text as rows,
         pg_catalog.count(case when t.xmin operator(pg_catalog.=) ${own}::pg_catalog.xid then 1 end)::pg_catalog.text as own
       from only ${quoteName(table)} t`,
    );
    await session.execute('release savepoint holdfast_count; set local statement_timeout = 0');
    return { rows: Number(row!.rows), own: Number(row!.own) };
  } catch (error) {
    if (sqlState(error) !== cancelled) throw error;
    await session.execute('rollback to savepoint holdfast_count; release savepoint holdfast_count');
    return undefined;
  }
}
