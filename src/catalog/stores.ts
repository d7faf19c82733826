import { quoteIdentifier } from '../postgres/identifiers.ts';
import type { Pool } from '../postgres/pool.ts';
import { jsonParameter } from './json.ts';
import { lockClass, lockKey } from './locks.ts';

/** A row of `system_backup_stores`. */
export interface StoreRecord {
  name: string;
  /** What the store calls itself in `holdfast.json`. */
  storeId: string;
  /** Without secrets. */
  address: string;
  sealed: boolean;
  turn: string | null;
  intended: string | null;
  latest: LatestBackup | null;
}

/** The newest backup that this catalog has written to a store. */
export interface LatestBackup {
  uuid: string;
  counter: number;
  /** SHA-256 of its header, hex. */
  headerHash: string;
}

/** What the catalog knows of the stores that it has used. */
export interface StoreRows {
  /** Names this catalog in its stores. */
  catalogId(): Promise<string>;
  list(): Promise<StoreRecord[]>;
  get(name: string): Promise<StoreRecord | undefined>;
  /** Notes a store on its first use; later only its address may change. Which one a name means is not replaced. */
  note(store: Pick<StoreRecord, 'name' | 'storeId' | 'address' | 'sealed'>): Promise<StoreRecord>;
  /** Does something while no other process of this catalog does the same with the same store. */
  exclusively<T>(name: string, work: () => Promise<T>): Promise<T>;
  intendTurn(name: string, turn: string): Promise<void>;
  takeTurn(name: string, turn: string): Promise<void>;
  setLatest(name: string, latest: LatestBackup): Promise<void>;
}

const columns = `name, store_id as "storeId", address, sealed, writer_turn as turn, intended_turn as intended, latest`;

export function stores(pool: Pool, schema: string): StoreRows {
  const own = quoteIdentifier(schema);
  const table = `${own}.system_backup_stores`;
  return {
    async catalogId() {
      const [row] = await pool.query<{ id: string }>(
        `select catalog_id as id from ${own}.system_backup_epoch`,
      );
      return row!.id;
    },
    list: () => pool.query<StoreRecord>(`select ${columns} from ${table} order by name`),
    async get(name) {
      const [row] = await pool.query<StoreRecord>(`select ${columns} from ${table} where name = $1`, [name]);
      return row;
    },
    async note({ name, storeId, address, sealed }) {
      const [row] = await pool.query<StoreRecord>(
        `insert into ${table} as known (name, store_id, address, sealed) values ($1, $2, $3, $4)
           on conflict (name) do update set
             address = case when known.store_id = excluded.store_id then excluded.address else known.address end
         returning ${columns}`,
        [name, storeId, address, sealed],
      );
      return row!;
    },
    exclusively: (name, work) =>
      pool.transaction(async (connection) => {
        await connection.query(`select pg_catalog.pg_advisory_xact_lock($1, ${lockKey(2)})`, [
          lockClass.store,
          `${schema}:${name}`,
        ]);
        return work();
      }),
    async intendTurn(name, turn) {
      await pool.query(`update ${table} set intended_turn = $2 where name = $1`, [name, turn]);
    },
    async takeTurn(name, turn) {
      await pool.query(`update ${table} set writer_turn = $2, intended_turn = null where name = $1`, [
        name,
        turn,
      ]);
    },
    async setLatest(name, latest) {
      await pool.query(`update ${table} set latest = $2 where name = $1`, [name, jsonParameter(latest)]);
    },
  };
}
