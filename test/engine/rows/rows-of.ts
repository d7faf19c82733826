import type pg from 'pg';
import { chosenRows, type PlannedRows, type RestoredRows } from '../../../src/contract/chosen-rows.ts';
import type { z } from 'zod';
import type { RowsPlan } from '../../../src/engine/rows/plan-merge.ts';
import { planRows, type RowsRestore } from '../../../src/engine/rows/plan-rows.ts';
import type { Merge } from '../../../src/engine/rows/merge.ts';
import { restoreRows } from '../../../src/engine/rows/restore-rows.ts';
import { refuse } from '../../../src/engine/plan/refusals.ts';
import type { TenantRequest } from '../../../src/engine/requests.ts';
import type { RestoreWork } from '../../../src/engine/restore/work.ts';
import type { Manifest } from '../../../src/format/manifest.ts';
import type { ConnectionTarget } from '../../../src/postgres/connection.ts';
import type { Store } from '../../../src/store/store.ts';
import { restoreRequest } from '../runs.ts';

export type Rows = z.input<typeof chosenRows>;
/** Of a table, or of a tenant. */
type Wanted = Rows | TenantRequest;

export interface RowsOf {
  plan(rows: Wanted): Promise<RowsPlan>;
  /** Plans, restores what was planned, and says what was done. @throws the first refusal */
  restore(
    rows: Wanted,
    between?: () => Promise<unknown>,
    record?: RestoreWork['record'],
    keep?: Merge['keep'],
  ): Promise<RestoredRows[]>;
}

export function rowsOf(live: ConnectionTarget, store: Store, manifest: Manifest): RowsOf {
  const request = (rows: Wanted): RowsRestore => ({
    ...restoreRequest({ restoreType: 'rows' }),
    restoreType: 'rows',
    rows: 'tenant' in rows ? rows : chosenRows.parse(rows),
  });
  const plan = (rows: Wanted): Promise<RowsPlan> =>
    planRows({ live, store, manifest, request: request(rows) });
  return {
    plan,
    async restore(rows, between, record, keep) {
      const planned = await plan(rows);
      refuse(planned);
      await between?.();
      const control = { signal: new AbortController().signal, report: () => {} };
      const report = await restoreRows(
        { manifest, request: request(rows), planned: planned.plan.rows! },
        { live, store, control, keep, ...(record ? { record } : {}) },
      );
      return report.chosenRows!;
    },
  };
}

/** `orders 2 added 1 unchanged`, for assertions. */
export function counted(all: readonly (PlannedRows | RestoredRows)[]): string[] {
  return all.map((each) => {
    const conflicting = 'conflicting' in each ? each.conflicting : 0;
    const counts = Object.entries({ ...each, conflicting }).filter(
      (each): each is [string, number] => typeof each[1] === 'number' && each[1] > 0,
    );
    return [each.table, ...counts.map(([name, value]) => `${value} ${name}`)].join(' ');
  });
}

/** Every row of every table of the user, and every definition that a restore of rows touches meanwhile. */
export async function everything(client: pg.Client): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {};
  const { rows: tables } = await client.query<{ name: string }>(
    `select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind = 'r' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema' order by 1`,
  );
  for (const { name } of tables) {
    const { rows } = await client.query<{ row: string }>(
      `select t::text as row from only ${name} t order by 1`,
    );
    found[name] = rows.map(({ row }) => row);
  }
  const { rows: definitions } = await client.query<{ row: string }>(
    `select conname || ' ' || pg_get_constraintdef(oid) || condeferrable || condeferred as row from pg_constraint where contype in ('f', 'c', 'u', 'p')
     union all select tgname || ' ' || tgenabled::text || tgdeferrable || tginitdeferred || tgrelid::regclass from pg_trigger where not tgisinternal
     union all select 'deferred ' || tgfoid::regproc || tgrelid::regclass || tgdeferrable || tginitdeferred from pg_trigger where tgisinternal
     union all select 'sequence ' || schemaname || sequencename || coalesce(last_value, -1) from pg_sequences
     union all select evtname || evtenabled::text from pg_event_trigger order by 1`,
  );
  found['definitions'] = definitions.map(({ row }) => row);
  return found;
}
