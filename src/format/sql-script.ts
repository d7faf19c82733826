import type { Manifest, SchemaEntry } from './manifest.ts';

/**
 * The text around the data of a download: plain SQL that psql alone can run. What psql of any supported
 * version would not know is not used, so that `-v ON_ERROR_STOP=1` works from 14 to 18.
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
SET client_min_messages = warning;
SET row_security = off;
SET DateStyle = 'ISO, YMD';
SET IntervalStyle = 'postgres';
SET TimeZone = 'UTC';
SET lc_monetary = 'C';
`;

/**
 * pg_dump writes the privileges of schema public as changes to what PostgreSQL 15 and later begin with, also for
 * an older server, where everybody may create in it. Without this a restore on 14 would give that right back.
 */
export const publicSchemaDefaults = 'REVOKE CREATE ON SCHEMA public FROM PUBLIC;';

/** Comments are one line each, whatever a name contains. */
function comment(text: string): string {
  return `-- ${text.replace(/[\r\n\0]+/g, ' ')}\n`;
}

export function scriptHead(manifest: Manifest): string {
  const { source, snapshot, totals } = manifest;
  return (
    comment('Holdfast backup, restorable with psql: psql -v ON_ERROR_STOP=1 -d DATABASE -f THIS_FILE') +
    comment(
      `Backup ${manifest.uuid} (${manifest.type}) of database ${source.database}, taken at ${snapshot.at}`,
    ) +
    comment(`From PostgreSQL ${source.serverVersion}; definitions by ${manifest.schema.dumper}`) +
    comment(`${totals.tables} tables, ${totals.rows} rows, ${totals.largeObjects} large objects`) +
    `\n${scriptSettings}${publicSchemaDefaults}\n\n`
  );
}

/** An entry with its heading. */
export function scriptEntry(entry: SchemaEntry, sql: string): string {
  const name = `${entry.schema === null ? '' : `${entry.schema}.`}${entry.name}`;
  return `${comment(`${entry.kind}: ${name}`)}${sql}\n\n`;
}

export function scriptLeftOut(entry: SchemaEntry, reason: string): string {
  return comment(`Left out: ${entry.kind} ${entry.schema ?? ''}.${entry.name}: ${reason}`);
}

/** What ends the data of a COPY in a script. */
export const endOfCopy = '\\.\n\n';

export function scriptEnd(): string {
  return comment('End of the Holdfast backup: a file without this line is not whole');
}
