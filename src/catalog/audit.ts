import { HoldfastError } from '../base/errors.ts';
import type { AuditedCall, AuditOutcome } from '../contract/audit.ts';
import { asciiJson, asciiText, type AuditHead, type ChainRow } from '../format/audit-chain.ts';
import { quoteIdentifier } from '../postgres/identifiers.ts';
import type { Queryable } from '../postgres/pool.ts';

/** What is said of an outcome besides its time. */
export type SaidOutcome = Omit<AuditOutcome, 'at'>;

/** A row to be added: a call, perhaps with how it ended, or how an earlier call ended. */
export type NewAuditRow =
  | (AuditedCall & { outcome?: SaidOutcome })
  | (Pick<AuditedCall, 'actor' | 'operation'> & Ending);

interface Ending {
  /** The row of the call. */
  of: number;
  outcome: SaidOutcome;
}

/** A call as its row says it, with the row of its outcome where that is one of its own. */
export interface AuditRecord {
  id: number;
  content: string;
  hash: Buffer;
  ending: string | null;
}

export interface AuditFilter {
  actor: string | null;
  operation: string | null;
  since: string | null;
}

/**
 * The audit: rows that are added and never changed, each with the hash of its content and of the row before. Docs:
 * docs/decisions/0058.
 */
export interface Audit {
  /**
   * Adds a row, after any that another session is about to add. One statement: it waits for others no longer than they take.
   * @param connection of a transaction that the row belongs to: end that soon, all others wait for it
   * @returns its number
   * @throws AUDIT_FAILED
   */
  append(row: NewAuditRow, connection?: Queryable): Promise<number>;
  /** Undefined where it was removed. */
  head(): Promise<AuditHead | undefined>;
  /** Calls, the newest first. */
  list(
    filter: AuditFilter,
    page: { limit: number; before: number | null },
  ): Promise<{ rows: AuditRecord[]; total: number; more: boolean }>;
  /** The rows after one and up to another, in order. */
  rows(after: number, upTo: number, limit: number): Promise<ChainRow[]>;
}

export function audit(pool: Queryable, schema: string): Audit {
  const table = `${quoteIdentifier(schema)}.system_backup_audit`;
  const headTable = `${quoteIdentifier(schema)}.system_backup_audit_head`;
  const filtered = `c.call_id is null and ($1::pg_catalog.text is null or c.actor = $1)
    and ($2::pg_catalog.text is null or c.operation = $2)
    and ($3::pg_catalog.timestamptz is null or c.at >= $3)`;
  return {
    async append(row, connection = pool) {
      const of = 'of' in row ? row.of : null;
      // The head is the lock: who comes later waits for its row, and goes on from what is in it then.
      const [added] = await connection
        .query<{ id: number }>(
          `with said as materialized (
             select made.at, pg_catalog.concat('{"at":"',
                 pg_catalog.to_char(made.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), '",',
                 pg_catalog.substr($1::pg_catalog.text, 2)) as content
               from (select pg_catalog.date_trunc('milliseconds', pg_catalog.now()) as at) made
           ), next as (
             update ${headTable} h
                set id = h.id + 1, previous = h.hash, at = said.at,
                    hash = pg_catalog.sha256(h.hash || pg_catalog.int8send(h.id + 1)
                             || pg_catalog.convert_to(said.content, 'UTF8'))
               from said
             returning h.id, said.content, h.previous, h.hash, said.at
           )
           insert into ${table} (id, content, previous, hash, at, actor, operation, call_id)
           select id, content, previous, hash, at, $2, $3, $4 from next
           returning id`,
          [asciiJson(storable(row)), asciiText(storableText(row.actor)), row.operation, of],
        )
        .catch((error: unknown) => {
          throw failed(error);
        });
      if (!added) throw failed();
      return added.id;
    },
    async head() {
      const [row] = await pool.query<AuditHead>(
        `select chain::pg_catalog.text, id as row, pg_catalog.encode(hash, 'hex') as hash from ${headTable}`,
      );
      return row;
    },
    async list({ actor, operation, since }, { limit, before }) {
      const values = [actor === null ? null : asciiText(actor), operation, since];
      const rows = await pool.query<AuditRecord>(
        `select c.id, c.content, c.hash, e.content as ending
           from ${table} c left join ${table} e on e.call_id = c.id
          where ${filtered} and ($4::pg_catalog.int8 is null or c.id < $4)
          order by c.id desc limit $5`,
        [...values, before, limit + 1],
      );
      const [count] = await pool.query<{ total: number }>(
        `select pg_catalog.count(*) as total from ${table} c where ${filtered}`,
        values,
      );
      return { rows: rows.slice(0, limit), total: count!.total, more: rows.length > limit };
    },
    rows: (after, upTo, limit) =>
      pool.query<ChainRow>(
        `select id, content, previous, hash, at, actor, operation, call_id as "callId" from ${table}
          where id > $1 and id <= $2 order by id limit $3`,
        [after, upTo, limit],
      ),
  };
}

/** Text that JSON of the server takes too, should anyone read the rows with it. */
function storableText(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\ufffd');
}

function storable(row: NewAuditRow): NewAuditRow {
  return JSON.parse(JSON.stringify(row), (_key, value: unknown) =>
    typeof value === 'string' ? storableText(value) : value,
  ) as NewAuditRow;
}

/** What says more than that it failed stays: the call is refused in any case. */
function failed(cause?: unknown): HoldfastError {
  if (cause instanceof HoldfastError && cause.code !== 'INTERNAL') return cause;
  const why =
    cause instanceof Error ? cause.message : 'its head was removed: system_backup_audit_head has no row.';
  return new HoldfastError('AUDIT_FAILED', `The call could not be written into the audit: ${why}`, { cause });
}
