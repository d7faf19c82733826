import type { Session } from '../../postgres/wire/session.ts';

/** More than this a sort has no use for: the gain is measured in seconds, the risk in the whole server. */
const mostBytes = 1024 ** 3;

/**
 * `maintenance_work_mem` of each connection of a restore, in kB: with it indexes are sorted, and foreign keys compared. What the server has
 * for its own pages shows how large it is set up to be: all connections together take up to half as much again, and none less than the
 * server gives anyway. Undefined where that is no more.
 */
export async function sortMemory(session: Session, connections: number): Promise<number | undefined> {
  const [row] = await session.query<{ shared: string; own: string }>(
    `select pg_catalog.pg_size_bytes(pg_catalog.current_setting('shared_buffers'))::pg_catalog.text as shared,
       pg_catalog.pg_size_bytes(pg_catalog.current_setting('maintenance_work_mem'))::pg_catalog.text as own`,
  );
  const room = Math.min(mostBytes, Number(row!.shared) / 2 / connections);
  return room > Number(row!.own) ? Math.floor(room / 1024) : undefined;
}
