import type { Scope } from '../contract/scopes.ts';
import { quoteIdentifier } from '../postgres/identifiers.ts';
import type { Queryable } from '../postgres/pool.ts';

/** A row of `system_backup_tokens`, without the hash. */
export interface TokenRecord {
  id: number;
  name: string;
  scopes: Scope[];
  /** The names of those it is for; null for all. */
  databases: string[] | null;
  start: string;
  createdAt: Date;
  createdBy: string;
  /** Whom it counts as, beside itself, where two actors are needed. */
  madeBy: string[];
  expiresAt: Date | null;
  lastUsedAt: Date | null;
}

export interface Tokens {
  /** Undefined where `limit` of them can be used already. */
  add(
    token: Pick<
      TokenRecord,
      'name' | 'scopes' | 'databases' | 'start' | 'createdBy' | 'madeBy' | 'expiresAt'
    > & {
      hash: Buffer;
    },
    limit: number,
  ): Promise<TokenRecord | undefined>;
  /** The newest first, also those that have expired. */
  list(): Promise<TokenRecord[]>;
  delete(id: number): Promise<TokenRecord | undefined>;
  /** The token with this hash if it has not expired, and notes to the minute that it was used. None before our tables exist. */
  use(hash: Buffer): Promise<TokenRecord | undefined>;
  /** The token with this number if it has not expired, with its hash. None before our tables exist. */
  usable(id: number): Promise<(TokenRecord & { hash: Buffer }) | undefined>;
}

const columns = `id, name, scopes, databases, start, created_at as "createdAt", created_by as "createdBy", made_by as "madeBy", expires_at as "expiresAt",
  last_used_at as "lastUsedAt"`;
const usable = '(expires_at is null or expires_at > pg_catalog.now())';

export function tokens(pool: Queryable, schema: string, isInitialized: () => Promise<boolean>): Tokens {
  const table = `${quoteIdentifier(schema)}.system_backup_tokens`;
  return {
    async add({ name, scopes, databases, start, createdBy, madeBy, expiresAt, hash }, limit) {
      const [row] = await pool.query<TokenRecord>(
        `insert into ${table} (name, scopes, databases, start, created_by, made_by, expires_at, hash)
         select $1, $2, $3::pg_catalog.text[], $4, $5, $6::pg_catalog.text[], $7, $8
          where (select pg_catalog.count(*) from ${table} where ${usable}) < $9
         returning ${columns}`,
        [name, scopes, databases, start, createdBy, madeBy, expiresAt, hash, limit],
      );
      return row;
    },
    list: () => pool.query<TokenRecord>(`select ${columns} from ${table} order by id desc`),
    async delete(id) {
      const [row] = await pool.query<TokenRecord>(`delete from ${table} where id = $1 returning ${columns}`, [
        id,
      ]);
      return row;
    },
    async usable(id) {
      if (!(await isInitialized())) return undefined;
      const [row] = await pool.query<TokenRecord & { hash: Buffer }>(
        `select ${columns}, hash from ${table} where id = $1 and ${usable}`,
        [id],
      );
      return row;
    },
    async use(hash) {
      // Asked first: what has the name of our table need not be ours.
      if (!(await isInitialized())) return undefined;
      const [row] = await pool.query<TokenRecord & { stale: boolean }>(
        `select ${columns},
           coalesce(last_used_at < pg_catalog.now() - interval '1 minute', true) as stale
           from ${table} where hash = $1 and ${usable}`,
        [hash],
      );
      if (!row) return undefined;
      const { stale, ...token } = row;
      // One of many calls at the same time writes it, and none waits for the others.
      if (stale) {
        await pool.query(
          `update ${table} set last_used_at = pg_catalog.now()
            where id = (select id from ${table} where id = $1 for update skip locked)`,
          [token.id],
        );
      }
      return token;
    },
  };
}
