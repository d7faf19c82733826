import { createHash } from 'node:crypto';
import { quoteIdentifier, quoteLiteral } from '../postgres/identifiers.ts';
import type { Queryable } from '../postgres/pool.ts';

/**
 * The channel of NOTIFY that says that something of a catalog has changed: a run was ordered or changed its state, a
 * schedule was changed. It has no payload, so listeners learn only when to look.
 */
export function wakeupChannel(schema: string): string {
  return `holdfast_${createHash('sha256').update(schema).digest('hex').slice(0, 16)}`;
}

/** The call that wakes the other processes once the statement's transaction has committed; part of a SELECT. */
export function wakeupCall(schema: string): string {
  return `pg_catalog.pg_notify(${quoteLiteral(wakeupChannel(schema))}, '')`;
}

/** Has a process look soon what channels are to be told, also where one looks just now. When the transaction commits. */
export async function lookSoon(connection: Queryable, schema: string): Promise<void> {
  await connection.query(
    `update ${quoteIdentifier(schema)}.system_backup_watch set next_look_at = pg_catalog.now()`,
  );
  await wakeOthers(connection, schema);
}

/** Wakes every process that waits for work, this one included. In a transaction: when it commits. */
export async function wakeOthers(connection: Queryable, schema: string): Promise<void> {
  await connection.query(`select ${wakeupCall(schema)}`);
}
