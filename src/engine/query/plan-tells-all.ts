import type { Manifest } from '../../format/manifest.ts';

/** Functions of the system that run a query which is given to them as text, and a way to write their names in other letters. */
const runsText = /_to_xml|ts_stat|ts_rewrite|u&["']/i;

/**
 * Extensions none of whose functions runs a query on a table. All that PostgreSQL calls trusted, but tablefunc, and some that are
 * common.
 */
const harmless = new Set([
  'btree_gin',
  'btree_gist',
  'citext',
  'cube',
  'dict_int',
  'fuzzystrmatch',
  'hstore',
  'intarray',
  'isn',
  'lo',
  'ltree',
  'pg_trgm',
  'pgcrypto',
  'plpgsql',
  'seg',
  'tcn',
  'tsm_system_rows',
  'tsm_system_time',
  'unaccent',
  'uuid-ossp',
  'vector',
]);

/**
 * Whether statements that call no function of a backup read its tables only where their plan says so.
 * @param extensions that were made
 * @param searchPath where names are looked up: a plan is written with names that it finds
 */
export function planTellsAll(
  { schema }: Manifest,
  extensions: ReadonlySet<string>,
  searchPath: string,
): boolean {
  const isCode = (kind: string): boolean => kind === 'FUNCTION' || kind === 'PROCEDURE';
  return (
    [...extensions].every((name) => harmless.has(name)) &&
    !/pg_catalog/i.test(searchPath) &&
    schema.entries.every(({ kind, sql }) => isCode(kind) || !runsText.test(sql))
  );
}

/** Whether the text of a statement may have a query in it that its plan does not show. */
export function mayRunText(sql: string): boolean {
  return runsText.test(sql);
}
