import { sqlTokens } from './sql-tokens.ts';

/**
 * Definitions of pg_dump without what the server itself keeps among the options of columns. PostgreSQL 15.20, of November
 * 2026, notes there when a column's type last changed: `pg_attver`, a number of that server alone. It is no
 * part of a definition: the server ignores it in ALTER TABLE, one that is older refuses it, and two tables of the same
 * definition differ in it. A pg_dump of before them writes it as if it had been set by hand.
 */
export function withoutAttributeVersions(sql: string): string {
  if (!sql.includes(`${option}=`)) return sql;
  return statementsOf(sqlTokens(sql)).map(withoutVersion).join('').trimEnd();
}

const option = 'pg_attver';

/** Each with the `;` that ends it; joined they are the whole. */
function statementsOf(tokens: readonly string[]): string[][] {
  const statements: string[][] = [[]];
  for (const token of tokens) {
    statements.at(-1)!.push(token);
    if (token === ';') statements.push([]);
  }
  return statements;
}

/** `… ALTER COLUMN c SET (pg_attver=1);` is nothing then, `SET (n_distinct=5, pg_attver=1)` is `SET (n_distinct=5)`. */
function withoutVersion(statement: string[]): string {
  const text = statement.join('');
  const at = statement.findIndex((token, i) => token === option && statement[i + 1] === '=');
  if (at === -1 || !isColumnOptions(statement)) return text;
  const before = statement.slice(0, at).join('');
  const after = statement.slice(at + 3).join('');
  if (before.endsWith('(') && after.startsWith(')')) return '';
  return before.endsWith('(') ? before + after.replace(/^,\s*/, '') : before.replace(/,\s*$/, '') + after;
}

/** As pg_dump writes it: `ALTER [FOREIGN] TABLE ONLY name ALTER COLUMN name SET (…);`. */
function isColumnOptions(statement: readonly string[]): boolean {
  const words = statement.filter((token) => /^\w+$/.test(token));
  return words[0] === 'ALTER' && words.includes('COLUMN') && words.includes('SET');
}
