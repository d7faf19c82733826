import type * as shapes from '../contract/shapes.ts';
import { partOf, type CallAddress } from './call.ts';
import type { CallOptions } from './transport.ts';

/** With `sql`, the plan has the SQL of the backup that the restore would run. */
export interface PlanCall extends CallOptions {
  sql?: boolean;
}

/** Restores, and the way back from them: a part of `Client`. */
export interface RestoreCalls {
  /** Starts a restore, and resolves when it is running or queued. */
  restore(body: shapes.RestoreOrder, call?: CallOptions): Promise<shapes.RestoreSummary>;
  /** What that restore would do. Changes nothing. */
  planRestore(body: shapes.RestoreBody, call?: PlanCall): Promise<shapes.RestoreOutlook>;
  /** Newest first. */
  listRestores(query?: shapes.ListQuery, call?: CallOptions): Promise<shapes.RestorePage>;
  getRestore(id: number, call?: CallOptions): Promise<shapes.RestoreDetail>;
  /** What it did is rolled back. */
  cancelRestore(id: number, call?: CallOptions): Promise<shapes.RestoreSummary>;
  /** Puts back what a restore in place replaced. Resolves when that is running or queued. */
  undoRestore(id: number, body?: shapes.UndoBody, call?: CallOptions): Promise<shapes.RestoreSummary>;
  /** What that would do, and what would be lost. Changes nothing. */
  planUndo(id: number, body?: shapes.UndoBody, call?: CallOptions): Promise<shapes.RestoreOutlook>;
}

export function restoreCalls(call: CallAddress): RestoreCalls {
  return {
    restore: async (body, given) => partOf(await call('POST /restore', { body }, given), 'restore'),
    planRestore: async (body, { sql, ...given } = {}) =>
      partOf(await call('POST /restore/plan', { body, query: { sql } }, given), 'plan'),
    async listRestores(query = {}, given) {
      const answer = await call('GET /restore', { query }, given);
      return { ...answer, restores: partOf(answer, 'restores'), total: partOf(answer, 'total') };
    },
    getRestore: async (id, given) =>
      partOf(await call('GET /restore/{id}', { params: { id } }, given), 'restore'),
    cancelRestore: async (id, given) =>
      partOf(await call('POST /restore/{id}/cancel', { params: { id } }, given), 'restore'),
    undoRestore: async (id, body = {}, given) =>
      partOf(await call('POST /restore/{id}/undo', { params: { id }, body }, given), 'restore'),
    planUndo: async (id, body = {}, given) =>
      partOf(
        await call('POST /restore/{id}/undo', { params: { id }, body, query: { dryRun: true } }, given),
        'plan',
      ),
  };
}
