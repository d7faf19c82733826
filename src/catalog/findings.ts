import type { Settlement, Sign } from '../contract/finding.ts';
import { quoteIdentifier } from '../postgres/identifiers.ts';
import type { Queryable } from '../postgres/pool.ts';
import type { Step } from '../radar/history.ts';
import { jsonParameter } from './json.ts';
import { wakeupCall } from './wakeups.ts';

/** A sign as a finding keeps it. */
export interface KeptSign {
  sign: Sign;
  /** The newest backup without it, and the moment that one is of (ISO 8601). */
  withoutId: number;
  withoutAt: string;
  settled: Settlement | null;
  /** The partitioned table that it is a part of. */
  root: string | null;
  /** The table, as `keyOf` of radar/ writes it, and what is learnt if this is declared usual. */
  key: string;
  step: Step | null;
}

export interface FindingRecord {
  id: number;
  backupId: number;
  /** The moment whose data that backup has. */
  backupAt: Date;
  source: string;
  foundAt: Date;
  state: 'open' | 'settled' | 'explained';
  /** The largest loss first, a hundred at most. */
  signs: KeptSign[];
  /** How many there were. */
  total: number;
  explanation: string | null;
  decidedAt: Date | null;
  note: string | null;
}

export type NewFinding = Pick<
  FindingRecord,
  'backupId' | 'backupAt' | 'source' | 'state' | 'signs' | 'total' | 'explanation'
>;

/** What is kept of the signs of one backup. */
export const keptSigns = 100;

export interface Findings {
  insert(connection: Queryable, finding: NewFinding): Promise<FindingRecord>;
  /** Tells listeners, when the transaction has committed. */
  announce(connection: Queryable, finding: FindingRecord, message: string): Promise<void>;
  /** Newest first. @param state default: all */
  list(limit: number, state?: FindingRecord['state']): Promise<FindingRecord[]>;
  /** Of one backup. */
  of(backupId: number): Promise<FindingRecord[]>;
  /** Those that nobody has settled, oldest first. */
  open(connection?: Queryable): Promise<FindingRecord[]>;
  /** Held until the transaction of the connection ends. */
  take(connection: Queryable, id: number): Promise<FindingRecord | undefined>;
  get(id: number): Promise<FindingRecord | undefined>;
  settle(
    connection: Queryable,
    finding: Pick<FindingRecord, 'id' | 'signs' | 'state' | 'note'>,
  ): Promise<void>;
}

const columns = `id, backup_id as "backupId", backup_at as "backupAt", source, found_at as "foundAt", state, signs, total,
  explanation, decided_at as "decidedAt", note`;

export function findings(pool: Queryable, schema: string): Findings {
  const own = quoteIdentifier(schema);
  const table = `${own}.system_backup_findings`;
  const where = (condition: string, values: unknown[], connection = pool): Promise<FindingRecord[]> =>
    connection.query<FindingRecord>(`select ${columns} from ${table} where ${condition}`, values);
  return {
    async insert(connection, { backupId, backupAt, source, state, signs, total, explanation }) {
      const [row] = await connection.query<FindingRecord>(
        `insert into ${table} (backup_id, backup_at, source, state, signs, total, explanation)
         select $1, coalesce((select coalesce(started_at, created_at) from ${own}.system_backups where id = $1), $2),
           $3, $4, $5, $6, $7 returning ${columns}`,
        [backupId, backupAt, source, state, jsonParameter(signs), total, explanation],
      );
      return row!;
    },
    async announce(connection, { id, backupId, signs, total }, message) {
      const details = { findingId: id, total, signs: signs.slice(0, 5).map(({ sign }) => sign) };
      await connection.query(
        `with told as (
           insert into ${own}.backup_event_log (type, kind, run_id, message, details)
           values ('backup.suspicious', 'backup', $1, $2, $3) returning id)
         select ${wakeupCall(schema)} from told`,
        [backupId, message, jsonParameter(details)],
      );
    },
    list: (limit, state) =>
      where(`$2::pg_catalog.text is null or state = $2 order by id desc limit $1`, [limit, state ?? null]),
    of: (backupId) => where('backup_id = $1 order by id desc limit 10', [backupId]),
    open: (connection) => where(`state = 'open' order by id`, [], connection),
    async take(connection, id) {
      return (await where('id = $1 for update', [id], connection))[0];
    },
    async get(id) {
      return (await where('id = $1', [id]))[0];
    },
    async settle(connection, { id, signs, state, note }) {
      await connection.query(
        `update ${table} set signs = $2, state = $3, note = $4, decided_at = pg_catalog.now() where id = $1`,
        [id, jsonParameter(signs), state, note],
      );
    },
  };
}

/**
 * SQL of the ids of open findings that keep a backup from being deleted, as jsonb: of the moment of the damage and before, because
 * what comes after has it too. @param own our schema, quoted @param row of system_backups
 */
export function heldBySql(own: string, row: string): string {
  return `(select coalesce(pg_catalog.jsonb_agg(held.id), '[]') from (
      select f.id from ${own}.system_backup_findings f
       where f.state = 'open' and ${row}.status = 'completed'
         and f.backup_at >= coalesce(${row}.started_at, ${row}.created_at) order by f.id limit 5) as held)`;
}
