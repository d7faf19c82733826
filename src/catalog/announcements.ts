import { quoteIdentifier } from '../postgres/identifiers.ts';
import type { Queryable } from '../postgres/pool.ts';

/** A row of `system_backup_announcements`. */
export interface AnnouncementRecord {
  id: number;
  /** As given; empty for the whole database. */
  tables: string[];
  from: Date;
  until: Date;
  reason: string;
}

export interface Announcements {
  add(announcement: Pick<AnnouncementRecord, 'tables' | 'until' | 'reason'>): Promise<AnnouncementRecord>;
  /** Those that have not ended, the next to end first. */
  current(): Promise<AnnouncementRecord[]>;
  /** Ends one now. What it explains up to now it explains. Undefined when there is none that goes on. */
  end(id: number): Promise<AnnouncementRecord | undefined>;
  /** Those that were in force at some time between two moments. */
  during(connection: Queryable, after: Date, until: Date): Promise<AnnouncementRecord[]>;
}

const columns = `id, tables, from_at as "from", until_at as "until", reason`;

export function announcements(pool: Queryable, schema: string): Announcements {
  const table = `${quoteIdentifier(schema)}.system_backup_announcements`;
  return {
    async add({ tables, until, reason }) {
      const [row] = await pool.query<AnnouncementRecord>(
        `insert into ${table} (tables, until_at, reason) values ($1, $2, $3) returning ${columns}`,
        [tables, until, reason],
      );
      return row!;
    },
    current: () =>
      pool.query<AnnouncementRecord>(
        `select ${columns} from ${table} where until_at > pg_catalog.now() order by until_at, id`,
      ),
    async end(id) {
      const [row] = await pool.query<AnnouncementRecord>(
        `update ${table} set until_at = pg_catalog.now() where id = $1 and until_at > pg_catalog.now() returning ${columns}`,
        [id],
      );
      return row;
    },
    during: (connection, after, until) =>
      connection.query<AnnouncementRecord>(
        `select ${columns} from ${table} where from_at <= $2 and until_at >= $1 order by id`,
        [after, until],
      ),
  };
}
