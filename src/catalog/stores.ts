import { quoteIdentifier } from '../postgres/identifiers.ts';
import type { Pool } from '../postgres/pool.ts';
import { jsonParameter } from './json.ts';
import { newestInStores, type KnownRollback, type NewestInStores } from './newest-in-store.ts';
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
  /** Whose signatures count in it, in base64; null where nothing is signed, and before it was written to. */
  verificationKeys: string[] | null;
  /** When it was last looked at and showed an older state than it had. */
  rolledBack: KnownRollback | null;
  /** What was there that cannot be believed when it was last looked for. */
  refused: KnownRefusals | null;
}

/** The document of a backup that cannot be believed. */
export interface RefusedDocument {
  uuid: string;
  /** Its key in the store. */
  object: string;
  /** The backup of this catalog that has the uuid; null for none. */
  backupId: number | null;
  problem: string;
}

export interface KnownRefusals {
  /** ISO 8601. */
  since: string;
  count: number;
  /** The first of them. */
  documents: RefusedDocument[];
}

/** What a catalog notes of a store. */
export interface FoundStore extends Pick<
  StoreRecord,
  'name' | 'storeId' | 'address' | 'sealed' | 'verificationKeys'
> {
  /** The keys that the catalog knew when it found the store to be the right one. */
  knownKeys: string[] | null;
}

/** The newest backup that this catalog has written to a store. */
export interface LatestBackup {
  uuid: string;
  counter: number;
  /** SHA-256 of its header, hex. */
  headerHash: string;
}

/** What the catalog knows of the stores that it has used. */
export interface StoreRows extends NewestInStores {
  /** Names this catalog in its stores. */
  catalogId(): Promise<string>;
  list(): Promise<StoreRecord[]>;
  get(name: string): Promise<StoreRecord | undefined>;
  /**
   * Notes a store on its first use; which one a name means is not replaced. Later its address may change, and its keys where they
   * were found by those that the catalog knows still: a process that opened it before they changed does not put the old ones back.
   */
  note(store: FoundStore): Promise<StoreRecord>;
  /** Does something while no other process of this catalog does the same with the same store. */
  exclusively<T>(name: string, work: () => Promise<T>): Promise<T>;
  intendTurn(name: string, turn: string): Promise<void>;
  takeTurn(name: string, turn: string): Promise<void>;
  setLatest(name: string, latest: LatestBackup): Promise<void>;
  /** @param found all that there is; none when everything can be believed */
  setRefused(name: string, found: readonly RefusedDocument[]): Promise<void>;
}

const keptRefusals = 20;

const columns = `name, store_id as "storeId", address, sealed, writer_turn as turn, intended_turn as intended, latest,
  verification_keys as "verificationKeys", rolled_back as "rolledBack", refused`;

export function stores(pool: Pool, schema: string): StoreRows {
  const own = quoteIdentifier(schema);
  const table = `${own}.system_backup_stores`;
  return {
    ...newestInStores(pool, schema),
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
    async note({ name, storeId, address, sealed, verificationKeys, knownKeys }) {
      const [row] = await pool.query<StoreRecord>(
        `insert into ${table} as known (name, store_id, address, sealed, verification_keys) values ($1, $2, $3, $4, $5)
           on conflict (name) do update set
             address = case when known.store_id = excluded.store_id then excluded.address else known.address end,
             verification_keys = case when known.store_id = excluded.store_id and known.verification_keys is not distinct from $6
               then excluded.verification_keys else known.verification_keys end
         returning ${columns}`,
        [name, storeId, address, sealed, verificationKeys, knownKeys],
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
    async setRefused(name, found) {
      const kept = { count: found.length, documents: found.slice(0, keptRefusals) };
      await pool.query(
        `update ${table} set refused = case when $2::pg_catalog.jsonb is not null
             then pg_catalog.jsonb_build_object('since', coalesce(refused->>'since', $3::pg_catalog.text)) || $2::pg_catalog.jsonb end
          where name = $1 and (refused is not null or $2::pg_catalog.jsonb is not null)`,
        [name, found.length > 0 ? jsonParameter(kept) : null, new Date().toISOString()],
      );
    },
    async setLatest(name, latest) {
      await pool.query(`update ${table} set latest = $2 where name = $1`, [name, jsonParameter(latest)]);
    },
  };
}
