import { hash } from 'node:crypto';
import type { Pool } from '../../postgres/pool.ts';
import type { Store } from '../store.ts';
import { guard } from './failure.ts';
import type { StoreTables } from './tables.ts';

type DocumentMethods = Pick<Store, 'getDocument' | 'putDocument' | 'deleteDocument' | 'listDocuments'>;

/** What the store keeps beside chunks and manifests, one row each. */
export function documents(pool: Pool, { documents: table }: StoreTables): DocumentMethods {
  return {
    async getDocument(name) {
      const [row] = await guard(() =>
        pool.query<{ content: Buffer }>(`select content from ${table} where name = $1`, [name]),
      );
      return row && { content: row.content, version: versionOf(row.content) };
    },

    async putDocument(name, content, expected) {
      const values = [name, content];
      const written = await guard(() => {
        if (expected === undefined) {
          return pool.query(
            `insert into ${table} (name, content) values ($1, $2)
               on conflict (name) do update set content = excluded.content returning name`,
            values,
          );
        }
        if (expected === null) {
          return pool.query(
            `insert into ${table} (name, content) values ($1, $2) on conflict (name) do nothing returning name`,
            values,
          );
        }
        return pool.query(
          `update ${table} set content = $2
            where name = $1 and pg_catalog.sha256(content) = pg_catalog.decode($3, 'hex') returning name`,
          [...values, expected],
        );
      });
      return written.length > 0 ? versionOf(content) : undefined;
    },

    async deleteDocument(name) {
      await guard(() => pool.query(`delete from ${table} where name = $1`, [name]));
    },

    async *listDocuments(prefix) {
      const rows = await guard(() =>
        pool.query<{ name: string }>(
          `select name from ${table} where pg_catalog.starts_with(name, $1) order by name`,
          [prefix],
        ),
      );
      for (const { name } of rows) yield name;
    },
  };
}

function versionOf(content: Uint8Array): string {
  return hash('sha256', content, 'hex');
}
