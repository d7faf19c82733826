import type { Manifest, SchemaEntry } from './manifest.ts';
import { psqlText } from './psql-text.ts';

/**
 * The text around the data of a download: plain SQL that psql alone can run. Nothing in it is a command of psql's but
 * `\restrict`, which switches all others off until `\unrestrict` with the same word: as pg_dump does since CVE-2025-8714.
 */

/** Settings under which definitions and COPY text mean what they meant when they were read. */
const scriptSettings = `SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET array_nulls = on;
SET client_min_messages = warning;
SET row_security = off;
SET DateStyle = 'ISO, YMD';
SET IntervalStyle = 'postgres';
SET TimeZone = 'UTC';
SET lc_monetary = 'C';
SET array_nulls = on;
SET backslash_quote = safe_encoding;
SET bytea_output = hex;
SET extra_float_digits = 3;
SET quote_all_identifiers = off;
SET transform_null_equals = off;
SET default_table_access_method = heap;
`;

/**
 * pg_dump writes the privileges of schema public as changes to what PostgreSQL 15 and later begin with, also for
 * an older server, where everybody may create in it. Without this a restore on 14 would give that right back.
 */
export const publicSchemaDefaults = 'REVOKE CREATE ON SCHEMA public FROM PUBLIC;';

/** One line per comment, for any name. */
function comment(text: string): string {
  return `-- ${text.replace(/[\r\n\0]+/g, ' ')}\n`;
}

/**
 * @param restrictKey random letters and digits, new for each script, so that the author of the backup cannot know them
 */
export function scriptHead(manifest: Manifest, restrictKey: string): string {
  const { uuid, type, source, snapshot, totals, settings } = manifest;
  const encoding = settings['client_encoding'] === 'SQL_ASCII' ? 'SQL_ASCII' : 'UTF8';
  return (
    scriptPreamble('backup, restorable', 'DATABASE', { encoding, restrictKey }) +
    comment(`Backup ${uuid} (${type}) of database ${source.database}, taken at ${snapshot.at}`) +
    comment(`From PostgreSQL ${source.serverVersion}; definitions by ${manifest.schema.dumper}`) +
    comment(`${totals.tables} tables, ${totals.rows} rows, ${totals.largeObjects} large objects`) +
    `\n${publicSchemaDefaults}\n\n`
  );
}

/** The same of roles and tablespaces. */
export function scriptHeadOfGlobals(
  { uuid, source, snapshot }: Manifest,
  passwords: string,
  restrictKey: string,
): string {
  return (
    scriptPreamble('backup of roles and tablespaces, restorable', 'postgres', {
      encoding: 'UTF8',
      restrictKey,
    }) +
    'SET default_transaction_read_only = off;\n\n' +
    comment(`Backup ${uuid} of the server of database ${source.database}, taken at ${snapshot.at}`) +
    comment(`From PostgreSQL ${source.serverVersion}; an older server may not know all of it`) +
    comment('Run it as a superuser. A role that is there already gets the attributes it has here.') +
    comment(
      'A tablespace that is there already, or without its empty directory, ends it: tablespaces come last.',
    ) +
    comment(`Passwords: ${passwords}`) +
    '\n'
  );
}

function scriptPreamble(
  what: string,
  database: string,
  { encoding, restrictKey }: { encoding: string; restrictKey: string },
): string {
  // What comes before the encoding is set is ASCII alone.
  return `-- Holdfast ${what} with psql: psql -X -v ON_ERROR_STOP=1 -d ${database} -f THIS_FILE
--
-- psql 14.19, 15.14, 16.10, 17.6, 18 and later know the next command; it keeps anything in this file from being
-- a command of psql. An older psql says: invalid command \\restrict. Use a newer one (any of these restores to every
-- server), or, if you trust the origin of this backup, remove the two lines:
--   sed -e '/^\\\\restrict ${restrictKey}$/d' -e '/^\\\\unrestrict ${restrictKey}$/d'

\\restrict ${restrictKey}

${scriptSettings.replace("'UTF8'", `'${encoding}'`)}
`;
}

/** An entry with its heading. */
export function scriptEntry(entry: SchemaEntry, sql: string): string {
  const name = `${entry.schema === null ? '' : `${entry.schema}.`}${entry.name}`;
  return `${comment(`${entry.kind}: ${name}`)}${psqlText(sql, `${entry.kind} ${name} of the manifest`)}\n\n`;
}

export function scriptLeftOut(entry: Pick<SchemaEntry, 'kind' | 'schema' | 'name'>, reason: string): string {
  return comment(`Left out: ${entry.kind} ${entry.schema ?? ''}.${entry.name}: ${reason}`);
}

/** Statements that a script for any database cannot hold. */
export function scriptForDatabase(statements: readonly string[]): string {
  return scriptOmitted(
    'Omitted, because it belongs to the database itself and not to its contents',
    statements,
  );
}

/** Statements that are there to be read. */
export function scriptOmitted(title: string, statements: readonly string[]): string {
  if (statements.length === 0) return '';
  const lines = statements.map((statement) => comment(`  ${statement};`)).join('');
  return `${scriptHeading(title)}${lines}\n`;
}

export function scriptHeading(title: string): string {
  return comment(`${title}:`);
}

/** What ends the data of a COPY in a script. */
export const endOfCopy = '\\.\n\n';

export function scriptEnd(restrictKey: string): string {
  return `\\unrestrict ${restrictKey}\n\n${comment('End of the Holdfast backup: a file without this line is incomplete')}`;
}
