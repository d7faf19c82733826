import type { TestContext } from 'node:test';
import { keptRows, type OpenKeptRows } from '../../../src/catalog/kept-rows.ts';
import { keptRows as migration } from '../../../src/catalog/migrations/kept-rows.ts';
import type { RestorePlan } from '../../../src/contract/restore.ts';
import { refuse } from '../../../src/engine/plan/refusals.ts';
import { planUndoOfRows, undoRows, type UndoOfRows } from '../../../src/engine/rows/undo-rows.ts';
import { openPool } from '../../../src/postgres/pool.ts';
import type { FirstTestDatabase } from '../../support/database.ts';
import { restoreRequest } from '../runs.ts';

const maxBytes = 67_108_864;

/** What restores keep in a database, by the real table, and their undos. */
export interface Kept {
  /** The place of another restore. */
  next(): { place: OpenKeptRows; maxBytes: number; id: number };
  plan(id: number, place: OpenKeptRows): Promise<RestorePlan>;
  /** Undoes, and keeps in turn what it replaces. @throws the first refusal */
  undo(
    id: number,
    place: OpenKeptRows,
    between?: () => Promise<unknown>,
  ): Promise<{ id: number; place: OpenKeptRows; plan: RestorePlan }>;
}

export async function keptIn(t: TestContext, db: FirstTestDatabase): Promise<Kept> {
  await db.client.query(`create schema holdfast;
    create table holdfast.system_restore_log (id bigint, finished_at timestamptz);
    ${migration.sql('holdfast')}`);
  const pool = openPool(db.target, { max: 2, applicationName: 'holdfast kept' });
  t.after(() => pool.close());
  const rows = keptRows(pool, 'holdfast');
  let last = 0;
  const next = (): ReturnType<Kept['next']> => {
    last++;
    return { id: last, place: rows.placeOf(last), maxBytes };
  };
  const undoOf = async (id: number, place: OpenKeptRows): Promise<UndoOfRows> => ({
    undone: {
      id,
      tables: [],
      sequences: null,
      byRows: true,
      ofRows: true,
      adapted: [],
      whole: false,
      largeObjects: false,
      transaction: null,
      created: [],
    },
    kept: (await rows.of(id, place.tables))!,
    request: restoreRequest({ restoreType: 'rows' }),
  });
  const planned = async (id: number, place: OpenKeptRows) =>
    planUndoOfRows(db.target, await undoOf(id, place));
  return {
    next,
    plan: async (id, place) => (await planned(id, place)).plan,
    async undo(id, place, between) {
      const found = await planned(id, place);
      refuse(found);
      await between?.();
      const mine = next();
      const control = { signal: new AbortController().signal, report: () => {} };
      await undoRows(await undoOf(id, place), found.plan, { live: db.target, control, keep: mine });
      return { ...mine, plan: found.plan };
    },
  };
}
