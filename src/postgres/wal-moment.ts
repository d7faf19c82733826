import { setTimeout as pause } from 'node:timers/promises';
import type { Session } from './wire/session.ts';

/**
 * A place in the write-ahead log and a transaction number that go together: every transaction from that number on has written all of its
 * changes after that place. docs/decisions/0044 says what follows from it.
 */
export interface WalMoment {
  /** As PostgreSQL writes it: `16/B374D848`. */
  lsn: string;
  /** Of 64 bits. */
  next: number;
}

/**
 * The moment that it is now. The place is read first: a transaction that gets its number after that can only write behind it.
 * @param session in no transaction of its own, on a server that is no standby
 * @returns null where the two do not fit together
 */
export async function readWalMoment(session: Session): Promise<WalMoment | null> {
  const lsn = await readInsertPlace(session);
  const [row] = await session.query<{ age: number; xmax: string }>(
    `select pg_catalog.age('3'::pg_catalog.xid) as age,
       pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::pg_catalog.text as xmax`,
  );
  const next = nextTransaction(row!.age, Number(row!.xmax));
  return next === null ? null : { lsn, next };
}

/** Everything that has been written to the log lies before it, flushed or not. */
export async function readInsertPlace(session: Session): Promise<string> {
  const [row] = await session.query<{ lsn: string }>(
    'select pg_catalog.pg_current_wal_insert_lsn()::pg_catalog.text as lsn',
  );
  return row!.lsn;
}

/**
 * The number that the next transaction gets. `xmax` of a snapshot is not it: transactions that run have numbers above, as long as none after
 * them has ended. `age` counts from it, in 32 bits.
 * @param age of transaction 3
 * @param xmax of a snapshot that was taken before that, of 64 bits
 */
export function nextTransaction(age: number, xmax: number): number | null {
  const above = (((3 + age - xmax) % 2 ** 32) + 2 ** 32) % 2 ** 32;
  return above < 2 ** 31 ? xmax + above : null;
}

/**
 * Waits until every transaction before that number has ended, so that a snapshot taken then has no older one running.
 * @returns whether that came about in time
 */
export async function awaitEnded(
  session: Session,
  next: number,
  limitMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  const until = performance.now() + limitMs;
  for (let pauseMs = 5; ; pauseMs = Math.min(2 * pauseMs, 100)) {
    const [row] = await session.query<{ xmin: string }>(
      'select pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot())::pg_catalog.text as xmin',
    );
    if (Number(row!.xmin) >= next) return true;
    if (performance.now() + pauseMs > until) return false;
    await pause(pauseMs, undefined, { signal });
  }
}

/** Whether one place in the log lies before another one. */
export function isBefore(one: string, other: string): boolean {
  return lsnNumber(one) < lsnNumber(other);
}

function lsnNumber(lsn: string): bigint {
  const [high, low] = lsn.split('/');
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
}
