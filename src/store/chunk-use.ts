import type { Queryable } from '../postgres/pool.ts';

/*
 * The SQL behind epochs: see the contract in store.ts. Two rules make a use and a deletion of the same chunk at the same
 * moment safe. Each decides by `last_use` under the row's lock, so whichever comes second sees what the first did. And
 * each locks rows in the order of their ids, so neither waits for the other in a circle.
 */

/** Quoted names, ready to stand in SQL. */
export interface StoreTables {
  chunks: string;
  backups: string;
  epoch: string;
}

/** Ids in one statement of a transaction that uses many. */
const idsPerStatement = 10_000;

/** SQL that marks chunks `$1` as used in an epoch, given as SQL too; `used` is then the ids of those that exist. */
function useSql(chunks: string, epoch: string): string {
  // What is marked already is only read: most of a large backup needs no write.
  return `
    with locked as (
      select id from ${chunks} where id = any($1::bytea[]) and last_use < ${epoch} order by id for no key update
    ), marked as (
      update ${chunks} c set last_use = ${epoch} from locked where c.id = locked.id returning c.id
    ), used as (
      select id from marked
      union all
      select id from ${chunks} where id = any($1::bytea[]) and last_use >= ${epoch}
    )`;
}

/** @returns those that exist, in hex */
export async function useNow(
  connection: Queryable,
  { chunks, epoch }: StoreTables,
  ids: readonly string[],
): Promise<Set<string>> {
  const rows = await connection.query<{ id: Buffer }>(
    `${useSql(chunks, `(select epoch from ${epoch})`)} select id from used`,
    [ids.map(idBytes)],
  );
  return new Set(rows.map((row) => row.id.toString('hex')));
}

/**
 * Marks every chunk of a manifest as used, inside the transaction that writes it. Until that ends no epoch begins, so
 * whoever begins one finds either the manifest or its marks.
 * @returns how many do not exist
 */
export async function useForManifest(
  connection: Queryable,
  tables: StoreTables,
  ids: Iterable<string>,
): Promise<number> {
  const [held] = await connection.query<{ epoch: number }>(`select epoch from ${tables.epoch} for share`);
  const sql = `${useSql(tables.chunks, '$2::bigint')} select count(*) as found from used`;
  const count = async (some: string[]): Promise<number> => {
    const [row] = await connection.query<{ found: number }>(sql, [some.map(idBytes), held!.epoch]);
    return row!.found;
  };
  const sorted = [...new Set(ids)].toSorted();
  let missing = 0;
  for (let at = 0; at < sorted.length; at += idsPerStatement) {
    const some = sorted.slice(at, at + idsPerStatement);
    // One that another transaction was marking is found the second time.
    if ((await count(some)) < some.length) missing += some.length - (await count(some));
  }
  return missing;
}

export async function deleteUnused(
  connection: Queryable,
  { chunks }: StoreTables,
  ids: readonly string[],
  epoch: number,
): Promise<{ chunks: number; bytes: number }> {
  const [row] = await connection.query<{ chunks: number; bytes: number }>(
    `with unused as (
       select id from ${chunks} where id = any($1::bytea[]) and last_use < $2 order by id for update
     ), deleted as (
       delete from ${chunks} c using unused where c.id = unused.id returning c.stored_bytes
     )
     select count(*) as chunks, coalesce(sum(stored_bytes), 0)::bigint as bytes from deleted`,
    [ids.map(idBytes), epoch],
  );
  return row!;
}

/** Waits for manifests that are being written. */
export async function beginEpoch(connection: Queryable, { epoch }: StoreTables): Promise<number> {
  const [row] = await connection.query<{ epoch: number }>(
    `update ${epoch} set epoch = epoch + 1 returning epoch`,
  );
  return row!.epoch;
}

export function idBytes(id: string): Buffer {
  return Buffer.from(id, 'hex');
}
