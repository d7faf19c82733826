import type { ApprovalState, GuardedKind } from '../contract/approval.ts';
import type { Scope } from '../contract/scopes.ts';
import { quoteIdentifier } from '../postgres/identifiers.ts';
import type { Pool } from '../postgres/pool.ts';
import { jsonParameter } from './json.ts';
import { lookSoon } from './wakeups.ts';

/** A row of `system_backup_approvals`. */
export interface ApprovalRecord {
  id: number;
  state: ApprovalState;
  kind: GuardedKind;
  operation: string;
  what: Record<string, unknown>;
  scope: Scope;
  requestedBy: string;
  /** The one who asked, first, and whom else they count as. */
  parties: string[];
  requestedAt: Date;
  expiresAt: Date;
  decidedBy: string | null;
  decidedAt: Date | null;
}

/** What needs a second actor, and within what time. */
export interface FourEyesRule {
  readonly operations: readonly GuardedKind[];
  readonly hours: number;
}

/** A call that needs a second actor. Calls of the same party that say the same are the same. */
export type GuardedCall = Pick<
  ApprovalRecord,
  'kind' | 'operation' | 'what' | 'scope' | 'requestedBy' | 'parties'
>;

export interface Approvals {
  /**
   * Asks for a second actor, for the given number of hours. The same call that waits already is that one.
   * @returns undefined where `limit` of them wait
   */
  request(call: GuardedCall, hours: number, limit: number): Promise<ApprovalRecord | undefined>;
  get(id: number): Promise<ApprovalRecord | undefined>;
  /** The newest first, at most this number. */
  list(state: ApprovalState | null, limit: number): Promise<ApprovalRecord[]>;
  /** Those that wait, the oldest first, at most this number. */
  pending(limit: number): Promise<ApprovalRecord[]>;
  /** Decides about one that waits; of two that decide at once, the other gets undefined. */
  decide(id: number, state: 'approved' | 'refused', decidedBy: string): Promise<ApprovalRecord | undefined>;
  /** Uses an approval of this call, once. @returns its number; undefined where there is none */
  use(call: GuardedCall): Promise<number | undefined>;
  /** The call was not done after all: it can be made again. */
  giveBack(id: number): Promise<void>;
  /** Undefined until one is set. */
  rule(): Promise<FourEyesRule | undefined>;
  /** @returns whether it is another one than before */
  setRule(rule: FourEyesRule): Promise<boolean>;
}

const columns = `id,
  case when state in ('pending', 'approved') and expires_at <= pg_catalog.now() then 'expired' else state end as state,
  kind, operation, what, scope, requested_by as "requestedBy", parties, requested_at as "requestedAt",
  expires_at as "expiresAt", decided_by as "decidedBy", decided_at as "decidedAt"`;

export function approvals(pool: Pool, schema: string): Approvals {
  const table = `${quoteIdentifier(schema)}.system_backup_approvals`;
  const ruleTable = `${quoteIdentifier(schema)}.system_backup_four_eyes`;
  const current = 'expires_at > pg_catalog.now()';
  const same = 'operation = $1 and what = $2::pg_catalog.jsonb and parties[1] = $3';
  const values = ({ operation, what, parties }: GuardedCall): unknown[] => [
    operation,
    jsonParameter(what),
    parties[0],
  ];
  /** What channels are told of it is written soon. */
  const changed = (sql: string, given: readonly unknown[]): Promise<ApprovalRecord | undefined> =>
    pool.transaction(async (connection) => {
      const [row] = await connection.query<ApprovalRecord>(sql, given);
      if (row) await lookSoon(connection, schema);
      return row;
    });
  return {
    async request(call, hours, limit) {
      const { kind, scope, requestedBy, parties } = call;
      const [known] = await pool.query<ApprovalRecord>(
        `select ${columns} from ${table} where state = 'pending' and ${current} and ${same} order by id desc limit 1`,
        values(call),
      );
      if (known) return known;
      return changed(
        `insert into ${table} (operation, what, kind, scope, requested_by, parties, expires_at)
         select $1, $2::pg_catalog.jsonb, $4, $5, $6, $7::pg_catalog.text[],
                pg_catalog.now() + pg_catalog.make_interval(secs => $8::pg_catalog.float8 * 3600)
          where (select pg_catalog.count(*) from ${table} where state = 'pending' and ${current} and parties[1] = $3) < $9
         returning ${columns}`,
        [...values(call), kind, scope, requestedBy, parties, hours, limit],
      );
    },
    async get(id) {
      const [row] = await pool.query<ApprovalRecord>(`select ${columns} from ${table} where id = $1`, [id]);
      return row;
    },
    list: (state, limit) =>
      pool.query<ApprovalRecord>(
        `select * from (select ${columns} from ${table}) of_all
          where $1::pg_catalog.text is null or state = $1 order by id desc limit $2`,
        [state, limit],
      ),
    pending: (limit) =>
      pool.query<ApprovalRecord>(
        `select ${columns} from ${table} where state = 'pending' and ${current} order by id limit $1`,
        [limit],
      ),
    decide(id, state, decidedBy) {
      // What is approved can be refused again until it is used.
      const from = state === 'refused' ? `('pending', 'approved')` : `('pending')`;
      return changed(
        `update ${table} set state = $2, decided_by = $3, decided_at = pg_catalog.now()
          where id = $1 and state in ${from} and ${current} returning ${columns}`,
        [id, state, decidedBy],
      );
    },
    async use(call) {
      const [row] = await pool.query<{ id: number }>(
        `update ${table} set state = 'done'
          where id = (select id from ${table} where state = 'approved' and ${current} and ${same}
                       order by id limit 1 for update skip locked)
         returning id`,
        values(call),
      );
      return row?.id;
    },
    async giveBack(id) {
      await pool.query(`update ${table} set state = 'approved' where id = $1 and state = 'done'`, [id]);
    },
    async rule() {
      const [row] = await pool.query<FourEyesRule>(`select operations, hours from ${ruleTable}`);
      return row;
    },
    async setRule({ operations, hours }) {
      const rows = await pool.query(
        `insert into ${ruleTable} as r (operations, hours) values ($1, $2)
         on conflict (one) do update set operations = excluded.operations, hours = excluded.hours, set_at = pg_catalog.now()
           where (r.operations, r.hours) is distinct from (excluded.operations, excluded.hours)
         returning 1 as changed`,
        [operations, hours],
      );
      return rows.length > 0;
    },
  };
}
