import type pg from 'pg';

const known = new WeakMap<pg.Client, number>();

/** `server_version_num` of the server that a connection is to, asked for once a connection. */
export async function serverVersionNum(client: pg.Client): Promise<number> {
  const before = known.get(client);
  if (before !== undefined) return before;
  const { rows } = await client.query<{ num: number }>(
    `select pg_catalog.current_setting('server_version_num')::pg_catalog.int4 as num`,
  );
  const { num } = rows[0]!;
  known.set(client, num);
  return num;
}
