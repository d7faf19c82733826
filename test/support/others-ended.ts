import { setTimeout as pause } from 'node:timers/promises';
import type { ConnectionTarget } from '../../src/postgres/connection.ts';
import { openClient } from './connect.ts';

/**
 * Waits until all transactions of the server that are running now have ended, at most for a minute. A row that was written while
 * one of them ran, in whatever database, is perhaps a new one for the next backup.
 */
export async function othersEnded(target: ConnectionTarget): Promise<void> {
  const client = await openClient(target);
  try {
    const { rows } = await client.query<{ next: string }>(`select age('3'::xid)::text as next`);
    for (let left = 600; left > 0; left--) {
      const { rows: now } = await client.query<{ ended: boolean }>(
        `select (pg_snapshot_xmin(pg_current_snapshot())::text::numeric % 4294967296) >= (3 + $1::numeric + 4294967296) % 4294967296 as ended`,
        [rows[0]!.next],
      );
      if (now[0]!.ended) return;
      await pause(100);
    }
  } finally {
    await client.end();
  }
}
