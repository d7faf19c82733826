import { quoteLiteral } from './identifiers.ts';

/**
 * What the rows of a backup mean as text depends on these; each manifest names those it was read with. docs/FORMAT.md,
 * "Settings"; a change here is a change of the format.
 */
export const dataSettings: Readonly<Record<string, string>> = {
  DateStyle: 'ISO, YMD',
  IntervalStyle: 'postgres',
  TimeZone: 'UTC',
  array_nulls: 'on',
  bytea_output: 'hex',
  client_encoding: 'UTF8',
  extra_float_digits: '3',
  lc_monetary: 'C',
  row_security: 'off',
  search_path: '',
  standard_conforming_strings: 'on',
  xmloption: 'content',
};

/**
 * What else a role or a database may have set that would change how our statements run or what they answer. A server
 * that is too old to know one is not asked for it.
 */
export const conductSettings: Readonly<Record<string, string>> = {
  backslash_quote: 'safe_encoding',
  client_min_messages: 'warning',
  default_table_access_method: 'heap',
  default_transaction_deferrable: 'off',
  default_transaction_isolation: 'read committed',
  default_transaction_read_only: 'off',
  exit_on_error: 'off',
  gin_fuzzy_search_limit: '0',
  icu_validation_level: 'warning',
  idle_in_transaction_session_timeout: '0',
  idle_session_timeout: '0',
  jit: 'off',
  lc_numeric: 'C',
  lc_time: 'C',
  lock_timeout: '0',
  quote_all_identifiers: 'off',
  restrict_nonsystem_relation_kind: '',
  statement_timeout: '0',
  synchronize_seqscans: 'off',
  // When this machine vanishes from the network, the server must notice, or its locks are kept from everybody else.
  tcp_keepalives_count: '4',
  tcp_keepalives_idle: '10',
  tcp_keepalives_interval: '5',
  tcp_user_timeout: '60000',
  timezone_abbreviations: 'Default',
  transaction_timeout: '0',
  transform_null_equals: 'off',
  xmlbinary: 'base64',
};

/** The same, where only a superuser, or from PostgreSQL 15 on a role that was granted it, may set them. */
export const privilegedSettings: Readonly<Record<string, string>> = {
  ignore_checksum_failure: 'off',
  lc_messages: 'C',
  session_replication_role: 'origin',
  zero_damaged_pages: 'off',
};

/**
 * Only for connections that read rows: pg_dump sets it itself, and a restore refreshes
 * materialized views. What has the name of a table is never read through as a view or a foreign table, which would run
 * code of its owner with our rights. Nor does planning look at CHECK constraints, for the same reason.
 */
export const readingSettings: Readonly<Record<string, string>> = {
  constraint_exclusion: 'off',
  restrict_nonsystem_relation_kind: 'view,foreign-table',
  // What uses the rows may be slow, and data that is left unread looks to the server's kernel as if nobody were there.
  tcp_user_timeout: '900000',
};

/** Set only where it is off: a manifest that is reported must survive a crash, and how else is the administrator's choice. */
export const durabilitySetting = 'synchronous_commit';

/**
 * The first statement of every connection of ours. Until it has run, names are looked up where the role or the database
 * says, which may be a schema of a role that wants our privileges. So it consists of literals, keywords and functions of
 * pg_catalog only: operators, types and casts by name would be looked up there too.
 * @returns a select of `backend_pid`, the process of the server that runs it, of `own_timeout`, the statement_timeout that it ran under, and
 * of the settings
 */
export function openingStatement({ serverVersion, asked, mark, onlyInProcess }: Opening): string {
  const permitted = (name: string): string =>
    Number.parseInt(serverVersion ?? '', 10) >= 15
      ? `pg_catalog.has_parameter_privilege(${quoteLiteral(name)}, 'set')`
      : `pg_catalog.texteq(pg_catalog.current_setting('is_superuser'), 'on')`;
  const rest = Object.entries(asked).filter(
    ([name]) => !(name in dataSettings) && !(name in conductSettings),
  );
  const values = [
    ...Object.entries(dataSettings).map(([name, value]) => setting(name, asked[name] ?? value)),
    `case when pg_catalog.texteq(${current(durabilitySetting)}, 'off') then ${setting(durabilitySetting, 'on')} end`,
    ...Object.entries(conductSettings).map(
      ([name, value]) =>
        `case when ${current(name)} is not null then ${setting(name, asked[name] ?? value)} end`,
    ),
    ...Object.entries(privilegedSettings).map(
      ([name, value]) => `case when ${permitted(name)} then ${setting(name, value)} end`,
    ),
    ...rest.map(([name, value]) => setting(name, value)),
  ];
  if (mark !== undefined) {
    values.push(
      `pg_catalog.pg_advisory_lock_shared(pg_catalog.hashtextextended(${quoteLiteral(mark)}, '0'))`,
    );
  }
  const condition =
    onlyInProcess === undefined
      ? ''
      : ` where pg_catalog.int4eq(pg_catalog.pg_backend_pid(), ${quoteLiteral(String(onlyInProcess))})`;
  const timeout = `pg_catalog.current_setting('statement_timeout')`;
  return `select pg_catalog.pg_backend_pid() as backend_pid, ${timeout} as own_timeout, ${values.join(', ')}${condition}`;
}

export interface Opening {
  /** As the server reported it at login. */
  serverVersion: string | undefined;
  /** Settings instead of ours, or beside them. */
  asked: Readonly<Record<string, string>>;
  /** Text of a shared lock to take with it. */
  mark?: string | undefined;
  /** In every other process of the server it does nothing and returns no row. */
  onlyInProcess?: number;
}

function setting(name: string, value: string): string {
  return `pg_catalog.set_config(${quoteLiteral(name)}, ${quoteLiteral(value)}, false)`;
}

/** Null where the server does not know the setting. */
function current(name: string): string {
  return `pg_catalog.current_setting(${quoteLiteral(name)}, true)`;
}
