import type { CertificateStatement, DrillCause, Verdict } from '../contract/certificate.ts';
import type { DrillTrigger } from '../contract/states.ts';
import { quoteIdentifier } from '../postgres/identifiers.ts';
import type { Queryable } from '../postgres/pool.ts';
import { jsonParameter } from './json.ts';
import {
  completeSql,
  heldBy,
  isHeld,
  page,
  requireHeld,
  rowOf,
  runColumns,
  runsOf,
  type HeldRun,
  type Page,
  type PageRequest,
  type PlainRunRows,
  type RunRecord,
} from './runs.ts';

/** A row of `backup_drill_log`. */
export interface DrillRecord extends RunRecord {
  backupId: number;
  backupUuid: string;
  store: string;
  trigger: DrillTrigger;
  attempt: number;
  /** Null until it is known. */
  verdict: Verdict | null;
  cause: DrillCause | null;
  restoreMs: number | null;
  rawBytes: number | null;
  /** Whether there is a certificate. */
  certified: boolean;
}

/** What a drill has found. */
export interface DrillOutcome {
  statement: CertificateStatement;
  /** The text of the certificate. */
  certificate: string;
}

/** What is known of how long a restore takes. */
export interface MeasuredRestore {
  drillId: number;
  backupId: number;
  backupUuid: string;
  finishedAt: Date;
  /** From the empty database to the whole one. */
  restoreMs: number;
  /** Of the rows as COPY text. */
  rawBytes: number;
}

export interface NewDrill {
  backupId: number;
  backupUuid: string;
  /** By name. */
  store: string;
  trigger: DrillTrigger;
}

export interface Drills extends PlainRunRows {
  /** Adds a drill that waits. @param keyTicket of what this process alone has for it */
  insert(drill: NewDrill, keyTicket?: string): Promise<DrillRecord>;
  /**
   * Which backup is drilled next without being asked for, if that is due: mostly the newest, every fourth time one at random.
   * @param everyDays from one drill to the next; one that was inconclusive is repeated after a day
   */
  due(everyDays: number): Promise<{ backupId: number; backupUuid: string; store: string } | undefined>;
  /** Adds it, unless another process has. @param keyTicket of the process that alone performs it @returns whether it did */
  orderDue(drill: NewDrill, keyTicket?: string): Promise<boolean>;
  get(id: number, connection?: Queryable): Promise<DrillRecord | undefined>;
  list(request: PageRequest): Promise<Page<DrillRecord>>;
  /** Keeps what was found, before the run ends. @throws INTERRUPTED when it was taken over */
  setOutcome(run: HeldRun, outcome: DrillOutcome): Promise<void>;
  /** The same where there is no certificate, because the backup could not even be opened. */
  setVerdict(run: HeldRun, verdict: Verdict, cause: DrillCause): Promise<void>;
  complete(run: HeldRun): Promise<boolean>;
  /** Keeps a certificate that was made elsewhere. One that is there already is not kept again. */
  keep(drill: Omit<NewDrill, 'trigger'>, outcome: DrillOutcome): Promise<DrillRecord>;
  /** The newest certificate of a backup. */
  certificateOf(backupId: number): Promise<string | undefined>;
  certificate(id: number): Promise<string | undefined>;
  /** The newest drill that passed: what says how long a restore takes. */
  lastPassed(): Promise<MeasuredRestore | undefined>;
  /** The newest drill with a verdict of its own, passed or failed; null for none. */
  lastDecided(): Promise<DrillRecord | null>;
  /** When each backup was last proved by restoring it. */
  proved(): Promise<Map<number, Date>>;
}

const columns = `${runColumns}, backup_id as "backupId", backup_uuid as "backupUuid", store, trigger, attempt, verdict, cause,
  restore_ms as "restoreMs", raw_bytes as "rawBytes", certificate is not null as certified`;

export function drills(pool: Queryable, schema: string): Drills {
  const own = quoteIdentifier(schema);
  const table = `${own}.backup_drill_log`;
  const one = async (condition: string, values: unknown[] = []): Promise<DrillRecord | undefined> => {
    const rows = await pool.query<DrillRecord>(
      `select ${columns} from ${table} where ${condition} order by id desc limit 1`,
      values,
    );
    return rows[0];
  };
  const certificate = async (condition: string, id: number): Promise<string | undefined> => {
    const rows = await pool.query<{ certificate: string }>(
      `select certificate from ${table} where ${condition} and certificate is not null order by finished_at desc nulls first, id desc limit 1`,
      [id],
    );
    return rows[0]?.certificate;
  };
  const outcomeColumns = `verdict = $3, cause = $4, certificate = $5, restore_ms = $6, raw_bytes = $7`;
  const outcomeOf = ({ statement, certificate: text }: DrillOutcome): unknown[] => [
    statement.verdict,
    jsonParameter(statement.cause),
    text,
    statement.restoreMs,
    statement.backup.rawBytes,
  ];
  return {
    ...runsOf(pool, schema, 'drill'),
    async insert({ backupId, backupUuid, store, trigger }, keyTicket) {
      const [row] = await pool.query<DrillRecord>(
        `insert into ${table} (backup_id, backup_uuid, store, trigger, key_ticket, status)
         values ($1, $2, $3, $4, $5, 'queued') returning ${columns}`,
        [backupId, backupUuid, store, trigger, keyTicket ?? null],
      );
      return row!;
    },
    async due(everyDays) {
      const [row] = await pool.query<{ backupId: number; backupUuid: string; store: string }>(
        `with done as (
           select (select pg_catalog.count(*) from ${table} where trigger = 'schedule') as times,
             (select (verdict is distinct from 'passed' and verdict is distinct from 'failed') from ${table} order by id desc limit 1) as open,
             coalesce((select pg_catalog.max(created_at) from ${table}),
               (select pg_catalog.min(finished_at) - pg_catalog.make_interval(days => $1) + pg_catalog.make_interval(days => least($1, 1))
                  from ${own}.system_backups where status = 'completed')) as last)
         select b.id as "backupId", b.uuid as "backupUuid", b.store
           from done join ${own}.system_backups b on b.status = 'completed' and not b.damaged and b.trigger <> 'safety'
             and b.type <> 'globals'
          where done.last <= pg_catalog.now() - pg_catalog.make_interval(days => case when done.open then least($1, 1) else $1 end)
            and not exists (select from ${table} where finished_at is null)
          order by case when done.times % 4 = 3 then pg_catalog.random() else 0 end, b.type = 'full' desc, b.id desc limit 1`,
        [everyDays],
      );
      return row;
    },
    async orderDue({ backupId, backupUuid, store, trigger }, keyTicket) {
      const rows = await pool.query(
        `insert into ${table} (backup_id, backup_uuid, store, trigger, key_ticket, status) values ($1, $2, $3, $4, $5, 'queued')
           on conflict (trigger) where finished_at is null and trigger = 'schedule' do nothing returning id`,
        [backupId, backupUuid, store, trigger, keyTicket ?? null],
      );
      return rows.length > 0;
    },
    get: (id, connection = pool) => rowOf<DrillRecord>(connection, table, columns, id),
    list: (request) => page<DrillRecord>(pool, table, columns, request),
    async setOutcome(run, outcome) {
      requireHeld(
        await pool.query(`update ${table} set ${outcomeColumns} where ${isHeld} returning id`, [
          ...heldBy(run),
          ...outcomeOf(outcome),
        ]),
      );
    },
    async setVerdict(run, verdict, cause) {
      requireHeld(
        await pool.query(`update ${table} set verdict = $3, cause = $4 where ${isHeld} returning id`, [
          ...heldBy(run),
          verdict,
          jsonParameter(cause),
        ]),
      );
    },
    async complete(run) {
      // What was found is there already.
      const rows = await pool.query(completeSql(schema, 'drill', 'verdict = verdict'), heldBy(run));
      return rows.length > 0;
    },
    async keep({ backupId, backupUuid, store }, outcome) {
      const there = await one('backup_id = $1 and certificate = $2', [backupId, outcome.certificate]);
      if (there) return there;
      const { startedAt, finishedAt } = outcome.statement;
      const [row] = await pool.query<DrillRecord>(
        `insert into ${table} (backup_id, backup_uuid, verdict, cause, certificate, restore_ms, raw_bytes, store, trigger, status,
           created_at, started_at, finished_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, 'reported', 'completed',
           least($9, pg_catalog.now()), least($9, pg_catalog.now()), least($10, pg_catalog.now())) returning ${columns}`,
        [backupId, backupUuid, ...outcomeOf(outcome), store, startedAt, finishedAt],
      );
      return row!;
    },
    certificateOf: (backupId) => certificate('backup_id = $1', backupId),
    certificate: (id) => certificate('id = $1', id),
    async lastPassed() {
      const [row] = await pool.query<MeasuredRestore>(
        `select id as "drillId", backup_id as "backupId", backup_uuid as "backupUuid", finished_at as "finishedAt",
           restore_ms as "restoreMs", raw_bytes as "rawBytes"
          from ${table} where verdict = 'passed' and status = 'completed' and restore_ms is not null
          order by finished_at desc, id desc limit 1`,
      );
      return row;
    },
    async lastDecided() {
      const [row] = await pool.query<DrillRecord>(
        `select ${columns} from ${table} where finished_at is not null and verdict in ('passed', 'failed')
          order by finished_at desc, id desc limit 1`,
      );
      return row ?? null;
    },
    async proved() {
      const rows = await pool.query<{ backupId: number; at: Date }>(
        `select backup_id as "backupId", pg_catalog.max(finished_at) as at from ${table}
          where verdict = 'passed' and status = 'completed' group by backup_id`,
      );
      return new Map(rows.map(({ backupId, at }) => [backupId, at]));
    },
  };
}
