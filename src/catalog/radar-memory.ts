import { quoteIdentifier } from '../postgres/identifiers.ts';
import type { Queryable } from '../postgres/pool.ts';
import type { History } from '../radar/history.ts';
import type { Memory } from '../radar/memory.ts';
import { pack, unpack } from './table-figures.ts';

export interface KnownMemory {
  memory: Memory;
  /** The moment of the newest backup that it knows. */
  upTo: Date;
}

/** What the radar knows of each database; see `radar/`. */
export interface RadarMemory {
  /** Held until the transaction of the connection ends; undefined while there is none. */
  take(connection: Queryable, source: string): Promise<KnownMemory | undefined>;
  put(connection: Queryable, source: string, known: KnownMemory): Promise<void>;
}

/** The form in which it is kept. A later form is another number; what it does not know begins anew. */
const form = 1;

interface Kept {
  form: number;
  since: number;
  tables: [string, History][];
}

export function radarMemory(schema: string): RadarMemory {
  const table = `${quoteIdentifier(schema)}.system_backup_radar`;
  return {
    async take(connection, source) {
      await connection.query(`insert into ${table} (source) values ($1) on conflict (source) do nothing`, [
        source,
      ]);
      const [row] = await connection.query<{ upTo: Date | null; memory: Buffer | null }>(
        `select looked_up_to as "upTo", memory from ${table} where source = $1 for update`,
        [source],
      );
      if (!row?.memory || !row.upTo) return undefined;
      const kept = (await unpack(row.memory)) as Kept;
      if (kept.form !== form) return undefined;
      return { upTo: row.upTo, memory: { since: kept.since, tables: new Map(kept.tables.map(withDayAgo)) } };
    },
    async put(connection, source, { memory, upTo }) {
      const kept = { form, since: memory.since, tables: [...memory.tables].map(withoutDayAgo) };
      await connection.query(`update ${table} set looked_up_to = $2, memory = $3 where source = $1`, [
        source,
        upTo,
        await pack(kept),
      ]);
    },
  };
}

/** With one backup a day the sample of a day ago is the last one. */
function withoutDayAgo([key, history]: [string, History]): [string, unknown] {
  const { dayAgo, ...rest } = history;
  return [key, dayAgo.id === history.last.id ? rest : history];
}

function withDayAgo([key, history]: [string, History]): [string, History] {
  return [key, { ...history, dayAgo: history.dayAgo ?? history.last }];
}
