import type { Session } from '../wire/session.ts';

/** How a partitioned table takes rows. */
export interface Partitioning {
  /** Whether there is a partition for every row: a default one, or all of a hash. */
  takesAll: boolean;
}

/** The columns of the primary keys of these tables, in the order of the key. */
export async function readPrimaryKeys(
  session: Session,
  oids: readonly number[],
): Promise<Map<number, string[]>> {
  const rows = await session.query<{ oid: string; columns: string[] }>(
    `select i.indrelid::pg_catalog.int8 as oid,
       array(select a.attname::pg_catalog.text from pg_catalog.unnest(i.indkey::pg_catalog.int2[]) with ordinality k(number, place)
         join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.number
         where k.place <= i.indnkeyatts order by k.place) as columns
     from pg_catalog.pg_index i where i.indisprimary and i.indrelid = any($1::pg_catalog.oid[])`,
    [oids],
  );
  return new Map(rows.map(({ oid, columns }) => [Number(oid), columns]));
}

/** Those of these relations that are partitioned. */
export async function readPartitioning(
  session: Session,
  oids: readonly number[],
): Promise<Map<number, Partitioning>> {
  const rows = await session.query<{ oid: string; takes_all: boolean }>(
    `select p.partrelid::pg_catalog.int8 as oid, p.partdefid <> 0 as takes_all
     from pg_catalog.pg_partitioned_table p where p.partrelid = any($1::pg_catalog.oid[])`,
    [oids],
  );
  return new Map(rows.map(({ oid, takes_all }) => [Number(oid), { takesAll: takes_all }]));
}
