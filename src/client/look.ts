import type * as shapes from '../contract/shapes.ts';
import type { CallAddress } from './call.ts';
import type { CallOptions } from './transport.ts';

/** What is inside backups: a part of `Client`. */
export interface LookCalls {
  /** Rows of a table as the backup has them, by a key or one after another. */
  findRows(id: number, body: shapes.RowsBody, call?: CallOptions): Promise<shapes.RowsAnswer>;
  /** What a SELECT says of a backup, in a scratch database with the tables that it names. */
  queryBackup(id: number, body: shapes.QueryBody, call?: CallOptions): Promise<shapes.QueryAnswer>;
  /** Which rows of a table differ between a backup and the database, or another backup. */
  diffBackup(id: number, body: shapes.DiffBody, call?: CallOptions): Promise<shapes.DiffAnswer>;
  /** How a row was in each backup. */
  rowHistory(body: shapes.HistoryBody, call?: CallOptions): Promise<shapes.HistoryAnswer>;
}

export function lookCalls(call: CallAddress): LookCalls {
  return {
    findRows: (id, body, given) => call('POST /backup/{id}/rows', { params: { id }, body }, given),
    queryBackup: (id, body, given) => call('POST /backup/{id}/query', { params: { id }, body }, given),
    diffBackup: (id, body, given) => call('POST /backup/{id}/diff', { params: { id }, body }, given),
    rowHistory: (body, given) => call('POST /rows/history', { body }, given),
  };
}
