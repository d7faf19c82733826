import { HoldfastError } from '../../base/errors.ts';
import type { ManifestRange, ManifestTable } from '../../format/manifest.ts';
import { sqlState } from '../../postgres/failure.ts';
import { quoteIdentifier, quoteLiteral } from '../../postgres/identifiers.ts';
import type { Session } from '../../postgres/wire/session.ts';
import type { GatheredRows } from './rows.ts';

/** How long the condition of a user may be evaluated. */
const evaluationLimitMs = 300_000;

/** Of a function `p` of a role `r`. `table_to_xml` and its like are stable, and run queries of their own. */
const refusedFunction = `(p.provolatile = 'v' or not r.rolsuper and r.rolname <> current_user
  or p.pronamespace = 'pg_catalog'::pg_catalog.regnamespace and p.proname ~ '^(table|schema|database)_to_xml')`;

/**
 * Makes sure that the text of a user is one condition on a row of this table, and nothing else. The server parses it as a
 * CHECK constraint of the empty scratch table, so it has no subquery, aggregate or parameter; every function that it calls must
 * be stable or immutable, of the system, a superuser or this role, and none that reads whole tables, so that it changes nothing
 * and sees only the row.
 * @returns the condition as the server writes it: what is evaluated is what was checked
 * @throws INVALID_REQUEST
 */
export async function checkedCondition(
  session: Session,
  { candidates }: GatheredRows,
  where: string,
): Promise<string> {
  try {
    // Between brackets no parenthesis of the text closes what it did not open. PREPARE parses and runs nothing.
    await session.executeOne(`prepare holdfast_condition as select array[\n${where}\n] from ${candidates}`);
    await session.execute('deallocate holdfast_condition');
    await session.executeOne(
      `alter table ${candidates} add constraint holdfast_condition check (\n${where}\n) not valid`,
    );
  } catch (error) {
    throw evaluationFailure(error);
  }
  const [found] = await session.query<{ condition: string; functions: string[] }>(
    `select pg_catalog.pg_get_expr(k.conbin, k.conrelid) as condition,
       array(select p.oid::pg_catalog.regprocedure::pg_catalog.text
         from pg_catalog.regexp_matches(k.conbin::pg_catalog.text, ':(?:[a-z]*funcid|winfnoid|aggfnoid) ([0-9]+)', 'g') f(id)
           join pg_catalog.pg_proc p on p.oid = f.id[1]::pg_catalog.oid
           join pg_catalog.pg_roles r on r.oid = p.proowner
        where ${refusedFunction}
       union select o.oid::pg_catalog.regoperator::pg_catalog.text
         from pg_catalog.regexp_matches(k.conbin::pg_catalog.text, ':opno ([0-9]+)', 'g') f(id)
           join pg_catalog.pg_operator o on o.oid = f.id[1]::pg_catalog.oid
           join pg_catalog.pg_proc p on p.oid = o.oprcode
           join pg_catalog.pg_roles r on r.oid = p.proowner
        where ${refusedFunction}) as functions
     from pg_catalog.pg_constraint k
     where k.conrelid = ${quoteLiteral(candidates)}::pg_catalog.regclass and k.conname = 'holdfast_condition'`,
  );
  if (!found) throw refused('it has no condition');
  if (found.functions.length > 0) {
    throw refused(
      `it may call only functions that change nothing and read no other table, and that belong to a superuser or to this role; not ${found.functions.join(', ')}`,
    );
  }
  await session.execute(`alter table ${candidates} drop constraint holdfast_condition`);
  return found.condition;
}

/** Syntax and names, values of a wrong form, what a CHECK may not have; writing; running for too long. */
const ofTheCondition = /^(?:42|22|0A|54|25006|57014|P0)/;

/** An error of the server as one of the condition, if it is that; any other error unchanged. */
function evaluationFailure(error: unknown): unknown {
  const state = sqlState(error);
  return state !== undefined && ofTheCondition.test(state) ? refused((error as Error).message) : error;
}

/**
 * What evaluates the condition of a user, in a part of the transaction that is read-only: temporary tables alone can be written
 * there. @throws INVALID_REQUEST for what is wrong with the condition
 */
export async function readOnly<T>(session: Session, work: () => Promise<T>): Promise<T> {
  await session.execute(
    `savepoint holdfast_condition; set local transaction_read_only = on;
     set local statement_timeout = ${evaluationLimitMs}; set local constraint_exclusion = on`,
  );
  const result = await work().catch((error: unknown) => {
    throw evaluationFailure(error);
  });
  await session.execute(
    'release savepoint holdfast_condition; set local statement_timeout = 0; set local constraint_exclusion = partition',
  );
  return result;
}

function refused(reason: string): HoldfastError {
  return new HoldfastError('INVALID_REQUEST', `The condition for rows was refused: ${reason}.`, {
    hint: 'Write what follows WHERE for one row of the table, such as: id in (5, 7). Names outside pg_catalog need their schema.',
  });
}

/**
 * The ranges that may hold a row for which a checked condition holds: those where the planner does not find it in contradiction
 * with the least and greatest key. PostgreSQL: constraint_exclusion.
 */
export async function rangesSatisfying(
  session: Session,
  { candidates }: GatheredRows,
  part: ManifestTable,
  condition: string,
): Promise<ManifestRange[]> {
  const filled = part.ranges.filter(({ rows }) => rows > 0);
  const type = part.columns.find(({ name }) => name === part.keyColumn)?.type ?? '';
  if (!(type in typeNames)) return filled;
  const column = `c.${quoteIdentifier(part.keyColumn!)}`;
  const kept: ManifestRange[] = [];
  for (const range of filled) {
    if (range.keys) {
      const [least, greatest] = range.keys.map(
        (key) => `${quoteLiteral(key)}::pg_catalog.${typeNames[type]}`,
      );
      const [row] = await session.query<{ 'QUERY PLAN': [{ Plan: Record<string, unknown> }] }>(
        `explain (format json) select from ${candidates} c
          where (${condition}) and ${column} >= ${least} and ${column} <= ${greatest}`,
      );
      if (row?.['QUERY PLAN'][0].Plan['One-Time Filter'] === 'false') continue;
    }
    kept.push(range);
  }
  return kept;
}

/** Types whose keys a range has in the order of the server's own comparison, by their names in the catalog. */
const typeNames: Readonly<Record<string, string>> = {
  smallint: 'int2',
  integer: 'int4',
  bigint: 'int8',
  uuid: 'uuid',
};
