import { runKinds, type RunKind, type RunState } from '../contract/states.ts';
import { quoteIdentifier } from '../postgres/identifiers.ts';
import type { Queryable } from '../postgres/pool.ts';
import { runTables } from './run-tables.ts';

export interface RunCount {
  kind: RunKind;
  state: RunState;
  count: number;
}

/** How many runs of each kind are in each state, by the rows there are. */
export async function runCounts(pool: Queryable, schema: string): Promise<RunCount[]> {
  const own = quoteIdentifier(schema);
  return pool.query<RunCount>(
    runKinds
      .map(
        (kind) =>
          `select '${kind}' as kind, status as state, pg_catalog.count(*) as count from ${own}.${runTables[kind].table} group by status`,
      )
      .join(' union all '),
  );
}
