import type { VerificationLevel } from '../contract/states.ts';
import { quoteIdentifier } from '../postgres/identifiers.ts';
import type { Queryable } from '../postgres/pool.ts';
import { jsonParameter } from './json.ts';
import {
  completeSql,
  heldBy,
  page,
  rowOf,
  runColumns,
  runsOf,
  type HeldRun,
  type Page,
  type PageRequest,
  type RunRecord,
  type PlainRunRows,
} from './runs.ts';

/** A row of `backup_verification_log`. */
export interface VerificationRecord extends RunRecord {
  backupId: number;
  backupUuid: string;
  /** Where it is read; null in rows of earlier versions. */
  store: string | null;
  level: VerificationLevel;
  /** Which share of the chunks is read; null for all of them. */
  share: number | null;
  /** What was read; null unless completed. */
  report: unknown;
}

export interface Verifications extends PlainRunRows {
  /**
   * Adds a verification that waits in the queue.
   * @param keyTicket of the key that this process has for it
   */
  insert(
    backup: { id: number; uuid: string; store: string },
    of: Pick<VerificationRecord, 'level' | 'share'>,
    keyTicket?: string,
  ): Promise<VerificationRecord>;
  get(id: number): Promise<VerificationRecord | undefined>;
  list(request: PageRequest): Promise<Page<VerificationRecord>>;
  /** False when the run has ended or was taken over. */
  complete(run: HeldRun, report: unknown): Promise<boolean>;
}

const columns = `${runColumns}, backup_id as "backupId", backup_uuid as "backupUuid", store, level, share, report`;

export function verifications(pool: Queryable, schema: string): Verifications {
  const table = `${quoteIdentifier(schema)}.backup_verification_log`;
  return {
    ...runsOf(pool, schema, 'verification'),
    async insert({ id, uuid, store }, { level, share }, keyTicket) {
      const [row] = await pool.query<VerificationRecord>(
        `insert into ${table} (backup_id, backup_uuid, store, key_ticket, level, share, status)
         values ($1, $2, $3, $4, $5, $6, 'queued') returning ${columns}`,
        [id, uuid, store, keyTicket ?? null, level, share],
      );
      return row!;
    },
    get: (id) => rowOf<VerificationRecord>(pool, table, columns, id),
    list: (request) => page<VerificationRecord>(pool, table, columns, request),
    async complete(run, report) {
      const rows = await pool.query(completeSql(schema, 'verification', `report = $3`), [
        ...heldBy(run),
        jsonParameter(report),
      ]);
      return rows.length > 0;
    },
  };
}
