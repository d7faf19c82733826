import type { TestSystem } from '../api/system.ts';

/** The chunks of one table of a backup, in hex. */
export async function chunksOf({ db }: TestSystem, id: number, table: string): Promise<string[]> {
  const { rows } = await db.client.query<{ id: string }>(
    `select c->>'id' as id from system_backups b, jsonb_array_elements(b.backup_data->'tables') t,
       jsonb_array_elements(t->'ranges') r, jsonb_array_elements(r->'chunks') c
      where b.id = $1 and t->>'name' = $2`,
    [id, table],
  );
  return rows.map((row) => row.id);
}
