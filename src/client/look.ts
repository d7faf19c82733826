import type * as shapes from '../contract/shapes.ts';
import type { CallAddress } from './call.ts';
import type { CallOptions } from './transport.ts';

/** What is inside backups: a part of `Client`. */
export interface LookCalls {
  /** Rows of a table as the backup has them, by a key or one after another. */
  findRows(id: number, body: shapes.RowsBody, call?: CallOptions): Promise<shapes.RowsAnswer>;
  /** What a SELECT says of a backup, in a scratch database with the tables that it names. */
  queryBackup(id: number, body: shapes.QueryBody, call?: CallOptions): Promise<shapes.QueryAnswer>;
}

export function lookCalls(call: CallAddress): LookCalls {
  return {
    findRows: (id, body, given) => call('POST /backup/{id}/rows', { params: { id }, body }, given),
    queryBackup: (id, body, given) => call('POST /backup/{id}/query', { params: { id }, body }, given),
  };
}
