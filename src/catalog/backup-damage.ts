import type { ErrorCode } from '../base/errors.ts';
import type { LostRows } from '../contract/lost-rows.ts';
import { quoteIdentifier } from '../postgres/identifiers.ts';
import type { Queryable } from '../postgres/pool.ts';
import { withDamageEvent } from './events.ts';
import { jsonParameter } from './json.ts';

/** What is wrong with a completed backup. */
export interface BackupDamage {
  code: ErrorCode;
  message: string;
  /** `schema.table`, the first hundred; `large objects` for these. Empty when it is not known. */
  tables: string[];
  /** Which rows of them, at most, as far as it is known; undefined in rows of earlier versions. */
  lost?: LostRows[];
  /** How many of its chunks are missing or damaged; 0 when it is something else, which only a verification can take back. */
  chunks: number;
}

export interface DamageOfBackups {
  /** With null it is whole, as far as is known. */
  setDamage(id: number, damage: BackupDamage | null): Promise<void>;
  /** Whether any backup is known to be damaged. */
  damageKnown(): Promise<boolean>;
  /** Of every completed backup. */
  completedIds(): Promise<number[]>;
}

export function damageOfBackups(pool: Queryable, schema: string): DamageOfBackups {
  const table = `${quoteIdentifier(schema)}.system_backups`;
  return {
    async setDamage(id, damage) {
      await pool.query(
        withDamageEvent(
          schema,
          `select id, $2::pg_catalog.text as place from ${table}
            where id = $1 and status = 'completed' and not damaged for update`,
          `update ${table} set damaged = $3::pg_catalog.jsonb is not null, damage = $3::pg_catalog.jsonb
            where id = $1 and status = 'completed' returning id`,
        ),
        [id, '', damage && jsonParameter(damage)],
      );
    },
    async damageKnown() {
      const [row] = await pool.query<{ known: boolean }>(
        `select exists (select from ${table} where damaged) as known`,
      );
      return row!.known;
    },
    async completedIds() {
      const rows = await pool.query<{ id: number }>(
        `select id from ${table} where status = 'completed' order by id`,
      );
      return rows.map(({ id }) => id);
    },
  };
}
