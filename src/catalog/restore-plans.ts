import { quoteIdentifier } from '../postgres/identifiers.ts';
import type { Queryable } from '../postgres/pool.ts';
import { jsonParameter } from './json.ts';

/** How long a plan can be ordered. */
export const planKeptMinutes = 60;
/** A page that asks for plans in a loop must not fill the catalog. */
const plansAtMost = 200;

export interface KeptPlan {
  ordered: unknown;
  plan: unknown;
}

/** Plans of restores that can be ordered as they are, in `system_restore_plans`. Nobody can name one that was not made here. */
export interface RestorePlans {
  /** @returns its id */
  keep(plan: KeptPlan): Promise<string>;
  /** Undefined for one that is not known, or no longer. */
  get(id: string): Promise<KeptPlan | undefined>;
}

export function restorePlans(pool: Queryable, schema: string): RestorePlans {
  const table = `${quoteIdentifier(schema)}.system_restore_plans`;
  const isFresh = `created_at > pg_catalog.now() - pg_catalog.make_interval(mins => ${planKeptMinutes})`;
  return {
    async keep({ ordered, plan }) {
      await pool.query(
        `delete from ${table} where not (${isFresh}) or id in (
           select id from ${table} order by created_at desc offset ${plansAtMost - 1})`,
      );
      const [row] = await pool.query<{ id: string }>(
        `insert into ${table} (ordered, plan) values ($1, $2) returning id`,
        [jsonParameter(ordered), jsonParameter(plan)],
      );
      return row!.id;
    },
    async get(id) {
      const [row] = await pool.query<KeptPlan>(
        `select ordered, plan from ${table} where id = $1 and ${isFresh}`,
        [id],
      );
      return row;
    },
  };
}
