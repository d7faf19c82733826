import { declaration, withinBytes } from './answer.ts';
import type { Session } from './wire/session.ts';

/** A node of a plan, as EXPLAIN (FORMAT JSON, VERBOSE) has it; what is read of it. */
export interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  Schema?: string;
  Alias?: string;
  /** Of a scan: the condition that each row of it meets, as the server writes it. */
  Filter?: string;
  Plans?: PlanNode[];
}

/** Each table is then read whole, and what is asked of its rows alone is the filter of its scan. */
const scansAlone = ['indexscan', 'indexonlyscan', 'bitmapscan', 'tidscan']
  .map((path) => `set local enable_${path} = off`)
  .join('; ');

/**
 * A plan of a statement that was declared with `declareAnswer`, in the same transaction. It is planned by the same role, and nothing of it
 * runs. The settings of the transaction stay as they are.
 * @returns undefined for one whose text is longer than `bytesMax`; the connection is of no more use then
 */
export async function planOfAnswer(
  session: Session,
  sql: string,
  bytesMax: number,
): Promise<PlanNode | undefined> {
  await session.execute(`savepoint holdfast_plan; ${scansAlone}; set local enable_seqscan = on`);
  const result = await withinBytes(session, bytesMax, () =>
    session.run({
      text: `explain (format json, verbose, costs off) ${declaration}${sql}`,
      queryMode: 'extended',
    }),
  );
  await session.execute('rollback to savepoint holdfast_plan');
  const [row] = result.rows as { 'QUERY PLAN': [{ Plan?: PlanNode }] }[];
  return row?.['QUERY PLAN'][0].Plan;
}
