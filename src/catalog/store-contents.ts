import { quoteIdentifier } from '../postgres/identifiers.ts';
import type { Queryable } from '../postgres/pool.ts';
import { jsonParameter } from './json.ts';
import { runTables } from './run-tables.ts';
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
  type PlainRunRows,
  type RunRecord,
} from './runs.ts';

/** A row of `backup_check_log` or `backup_import_log`. */
export interface StoreContentsRecord extends RunRecord {
  store: string;
  /** What was found; null unless completed. */
  report: unknown;
}

export interface StoreContents extends PlainRunRows {
  /** Adds a run that waits. @param ticket by which the process that orders it is known */
  insert(store: string, ticket: string | undefined): Promise<StoreContentsRecord>;
  get(id: number): Promise<StoreContentsRecord | undefined>;
  list(request: PageRequest): Promise<Page<StoreContentsRecord>>;
  /** False when the run has ended or was taken over. */
  complete(run: HeldRun, report: unknown): Promise<boolean>;
}

const columns = `${runColumns}, store, report`;

/** The runs that look at what is in a store. */
export function storeContents(pool: Queryable, schema: string, kind: 'check' | 'import'): StoreContents {
  const table = `${quoteIdentifier(schema)}.${runTables[kind].table}`;
  return {
    ...runsOf(pool, schema, kind),
    async insert(store, ticket) {
      const [row] = await pool.query<StoreContentsRecord>(
        `insert into ${table} (store, key_ticket, status) values ($1, $2, 'queued') returning ${columns}`,
        [store, ticket ?? null],
      );
      return row!;
    },
    get: (id) => rowOf<StoreContentsRecord>(pool, table, columns, id),
    list: (request) => page<StoreContentsRecord>(pool, table, columns, request),
    async complete(run, report) {
      const rows = await pool.query(completeSql(schema, kind, 'report = $3'), [
        ...heldBy(run),
        jsonParameter(report),
      ]);
      return rows.length > 0;
    },
  };
}
