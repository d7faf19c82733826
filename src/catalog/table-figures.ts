import { promisify } from 'node:util';
// By its own name: an older Node, which has no zstd, must be able to load this file and be refused.
import * as zlib from 'node:zlib';
import { quoteIdentifier } from '../postgres/identifiers.ts';
import type { Pool, Queryable } from '../postgres/pool.ts';
import type { TableFigures } from '../radar/figures.ts';

const compress = promisify(zlib.zstdCompress);
const decompress = promisify(zlib.zstdDecompress);

/** What a completed backup has of a table: the figures of the radar, and why it was read or not. */
export interface BackupTable extends TableFigures {
  /** In words: `unchanged`, `312 rows changed`, `read: its columns changed`. */
  reason: string;
}

/** Under which all large objects are kept together; no table is in a schema without a name. */
export const largeObjectsName = { schema: '', name: 'large objects' };

export interface BackupTables {
  /** Which database it is of: backups of the same one are compared with each other. */
  source: string;
  tables: readonly BackupTable[];
}

/** A backup that the radar has not looked at yet. */
export interface NewToRadar {
  id: number;
  source: string;
}

/** The figures of the tables of each backup: one row a backup, because 100,000 tables are 1 MB like this and 29 MB as rows. */
export interface TableFiguresOfBackups {
  /**
   * The radar is to look at them, unless they are of the safety backup of a restore: that shows what is given up.
   * @param connection of the transaction that completes the backup
   */
  insert(connection: Queryable, backupId: number, packed: PackedTables): Promise<void>;
  read(backupId: number): Promise<BackupTables | undefined>;
  /** The same of one that was completed before; the radar does not look at it. Nothing where there are figures already. */
  fill(backupId: number, packed: PackedTables): Promise<void>;
  /** Of completed backups, the oldest first. */
  newToRadar(): Promise<NewToRadar[]>;
  /** The newest earlier backup of the same tables of a database. */
  lastOf(before: number, source: string, tables: readonly string[]): Promise<number | undefined>;
  /** Completed full backups, the newest before this one, at most this number, oldest first. */
  fullBefore(before: number, count: number): Promise<number[]>;
  markLookedAt(connection: Queryable, backupId: number): Promise<void>;
  /** The newest completed backup of a database that is older than this one, and was taken here: of an imported one `new_bytes` is not known. */
  newestBefore(before: number): Promise<{ id: number; source: string } | undefined>;
}

/** Packed before the transaction that writes them begins. */
export interface PackedTables {
  source: string;
  bytes: Buffer;
}

export async function packTables({ source, tables }: BackupTables): Promise<PackedTables> {
  return { source, bytes: await pack(columnsOf(tables)) };
}

/** JSON, compressed. */
export async function pack(value: unknown): Promise<Buffer> {
  return compress(Buffer.from(JSON.stringify(value)));
}

export async function unpack(bytes: Buffer): Promise<unknown> {
  return JSON.parse((await decompress(bytes)).toString());
}

export function tableFigures(pool: Pool, schema: string): TableFiguresOfBackups {
  const own = quoteIdentifier(schema);
  const table = `${own}.system_backup_tables`;
  const insert = async (
    connection: Queryable,
    id: number,
    { source, bytes }: PackedTables,
    isNew: boolean,
  ): Promise<void> => {
    await connection.query(
      `insert into ${table} (backup_id, source, tables, looked_at)
       select id, $2, $3, case when not $4 or trigger = 'safety' then pg_catalog.now() end from ${own}.system_backups
        where id = $1 and status = 'completed' on conflict (backup_id) do nothing`,
      [id, source, bytes, isNew],
    );
  };
  return {
    insert: (connection, id, packed) => insert(connection, id, packed, true),
    fill: (id, packed) => insert(pool, id, packed, false),
    async read(id) {
      const [row] = await pool.query<{ source: string; tables: Buffer }>(
        `select source, tables from ${table} where backup_id = $1`,
        [id],
      );
      if (!row) return undefined;
      return { source: row.source, tables: tablesOf((await unpack(row.tables)) as Columns) };
    },
    newToRadar: () =>
      pool.query<NewToRadar>(
        `select t.backup_id as id, t.source from ${table} t join ${own}.system_backups b on b.id = t.backup_id
          where t.looked_at is null and b.status = 'completed' and b.type <> 'globals' order by t.backup_id`,
      ),
    async lastOf(before, source, tables) {
      const [row] = await pool.query<{ id: number }>(
        `select t.backup_id as id from ${table} t join ${own}.system_backups b on b.id = t.backup_id
          where b.id < $1 and t.source = $2 and b.type = 'partial' and b.trigger <> 'safety' and b.tables = $3
          order by b.id desc limit 1`,
        [before, source, tables],
      );
      return row?.id;
    },
    async fullBefore(before, count) {
      const rows = await pool.query<{ id: number }>(
        `select id from (select id from ${own}.system_backups
            where id < $1 and status = 'completed' and type = 'full' and trigger <> 'safety' and not damaged
            order by id desc limit $2) newest order by id`,
        [before, count],
      );
      return rows.map(({ id }) => id);
    },
    async markLookedAt(connection, id) {
      await connection.query(`update ${table} set looked_at = pg_catalog.now() where backup_id = $1`, [id]);
    },
    async newestBefore(before) {
      const [row] = await pool.query<{ id: number; source: string }>(
        `select b.id, t.source from ${own}.system_backups b join ${table} t on t.backup_id = b.id
          where b.id < $1 and b.status = 'completed' and b.type <> 'globals' and b.new_bytes is not null
          order by b.id desc limit 1`,
        [before],
      );
      return row;
    },
  };
}

/** A list for each field: equal things lie side by side, and half of the size compressed. */
type Columns = { [Field in keyof BackupTable]: BackupTable[Field][] };

const fields: readonly (keyof BackupTable)[] = [
  'schema',
  'name',
  'rows',
  'rawBytes',
  'storedBytes',
  'ranges',
  'rowsChanged',
  'readRawBytes',
  'readStoredBytes',
  'oid',
  'shape',
  'root',
  'bound',
  'reason',
];

function columnsOf(tables: readonly BackupTable[]): Columns {
  return Object.fromEntries(fields.map((field) => [field, tables.map((each) => each[field])])) as Columns;
}

function tablesOf(columns: Columns): BackupTable[] {
  return columns.name.map(
    (_, at) =>
      Object.fromEntries(fields.map((field) => [field, columns[field][at]])) as unknown as BackupTable,
  );
}
