import type pg from 'pg';
import { quoteIdentifier } from '../../src/postgres/identifiers.ts';

/**
 * What a role or a database may say, as unlike our own settings as can be. But for exit_on_error, with which a
 * statement_timeout that is too short on a busy machine ends the connection, so that it cannot be tried again.
 */
export const otherwise: Readonly<Record<string, string>> = {
  DateStyle: `'German, DMY'`,
  IntervalStyle: `'sql_standard'`,
  TimeZone: `'Asia/Kathmandu'`,
  array_nulls: 'off',
  backslash_quote: 'off',
  bytea_output: 'escape',
  client_encoding: 'LATIN1',
  client_min_messages: 'debug5',
  default_transaction_deferrable: 'on',
  default_transaction_isolation: 'serializable',
  default_transaction_read_only: 'on',
  extra_float_digits: '-15',
  gin_fuzzy_search_limit: '1',
  icu_validation_level: 'error',
  idle_in_transaction_session_timeout: `'1s'`,
  idle_session_timeout: `'1s'`,
  ignore_checksum_failure: 'on',
  jit: 'on',
  lock_timeout: `'1ms'`,
  quote_all_identifiers: 'on',
  restrict_nonsystem_relation_kind: `'view'`,
  row_security: 'on',
  search_path: 'public, pg_catalog',
  session_replication_role: 'replica',
  standard_conforming_strings: 'off',
  statement_timeout: `'20ms'`,
  synchronize_seqscans: 'on',
  synchronous_commit: 'off',
  timezone_abbreviations: `'Australia'`,
  transaction_timeout: `'1s'`,
  transform_null_equals: 'on',
  xmlbinary: 'hex',
  xmloption: 'document',
  zero_damaged_pages: 'on',
};

/** Half of them belong to the role and half to the database, so that both ways are tried. */
export async function setOtherwise(
  superuser: pg.Client,
  { database, role }: { database: string; role: string },
  settings: readonly string[] = Object.keys(otherwise),
): Promise<void> {
  const { rows } = await superuser.query<{ name: string }>(
    'select name from pg_settings where name = any ($1)',
    [settings.filter((name) => name in otherwise)],
  );
  for (const [i, { name }] of rows.entries()) {
    const owner = i % 2 === 0 ? `role ${quoteIdentifier(role)}` : `database ${quoteIdentifier(database)}`;
    await superuser.query(`alter ${owner} set ${name} = ${otherwise[name]}`);
  }
}
