import { spawnSync } from 'node:child_process';

const havePsql = spawnSync('psql', ['--version']).status === 0;
if (!havePsql && process.env['CI'] === 'true') throw new Error('CI must have psql');

/** Options of a test that runs psql: without one it is skipped, and says so; CI skips nothing. */
export const psqlOrSkip: { skip?: string } = havePsql
  ? {}
  : { skip: 'psql is not on PATH; install a PostgreSQL client to run this' };

/** A download without what is another word in each: two of one backup are the same then. */
export function withoutRestrictKey(script: string): string {
  return script.replaceAll(/(restrict )[0-9a-f]{64}/g, '$1');
}
