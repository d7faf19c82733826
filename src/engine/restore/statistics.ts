import { displayName, quoteName, type QualifiedName } from '../../postgres/identifiers.ts';
import type { Session } from '../../postgres/wire/session.ts';
import { attempt } from './rebuild.ts';
import { newTask, runTasks } from './task-graph.ts';

/** The planner guesses well enough what is in a smaller one, and there may be thousands of them. */
const worthwhileBytes = 64 * 1024;

interface Analyzed extends QualifiedName {
  bytes: string;
  mine: boolean;
}

/**
 * Computes the statistics that the planner goes by, which no backup has: else the first queries after a restore are planned without
 * any, until autovacuum has come by. A partitioned table is analyzed with its partitions.
 * @param fail called when it cannot go on
 * @returns what has none, in sentences
 */
export async function computeStatistics(
  sessions: readonly Session[],
  fail: (error: unknown) => void,
): Promise<string[]> {
  const found = await sessions[0]!.query<Analyzed>(
    `select n.nspname as schema, c.relname as name,
       (select coalesce(pg_catalog.sum(pg_catalog.pg_relation_size(p.relid)), 0)::pg_catalog.text
          from (select c.oid as relid where c.relkind <> 'p' union all
                select t.relid from pg_catalog.pg_partition_tree(c.oid) t where c.relkind = 'p' and t.isleaf) p) as bytes,
       pg_catalog.pg_has_role(c.relowner, 'usage') as mine
     from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p', 'm') and c.relispopulated and not c.relispartition and c.relpersistence <> 't'
       and n.nspname <> all (array['pg_catalog', 'information_schema'])`,
  );
  const large = found.filter(({ bytes }) => Number(bytes) >= worthwhileBytes);
  const without: string[] = [];
  const others = large.filter(({ mine }) => !mine).map(displayName);
  if (others.length > 0) {
    without.push(
      `These belong to other roles, so that their statistics wait for autovacuum: ${others.join(', ')}.`,
    );
  }
  const tasks = large
    .filter(({ mine }) => mine)
    .map((table) => {
      const task = newTask(Number(table.bytes));
      task.run = async (session) => {
        // It evaluates expressions of indexes and of extended statistics, which may fail.
        const error = await attempt(session, `analyze ${quoteName(table)}`, { inTransaction: false });
        if (error !== undefined) {
          without.push(
            `The statistics of ${displayName(table)} were not computed: ${(error as Error).message}`,
          );
        }
      };
      return task;
    });
  await runTasks(tasks, sessions, fail);
  return without;
}
