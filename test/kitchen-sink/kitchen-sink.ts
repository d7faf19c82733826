import * as fs from 'node:fs/promises';
import path from 'node:path';
import type pg from 'pg';
import { quoteIdentifier } from '../../src/postgres/identifiers.ts';
import type { Major } from '../support/majors.ts';

/** Roles belong to the whole server; they stay when the database of a kitchen sink is dropped, and the next one finds them. */
export const kitchenSinkRoles = ['sink_owner', 'sink_reader', 'sink_superuser', 'sink role " %'];

const files = ['types.sql', 'tables.sql', 'partitions.sql', 'programs.sql', 'around.sql'];

/**
 * Fills an empty database with an example of everything that PostgreSQL `major` can hold. Needs a superuser and,
 * for its extension, a server of test/support. About a second.
 */
export async function createKitchenSink(client: pg.Client, major: Major): Promise<void> {
  for (const role of kitchenSinkRoles) {
    const options = role === 'sink_superuser' ? 'superuser' : 'nologin';
    // Several databases of one server may be filled at the same time.
    await client.query(`do $do$ begin create role ${quoteIdentifier(role)} ${options};
      exception when duplicate_object or unique_violation then null; end $do$`);
  }
  for (const file of files) {
    const text = await fs.readFile(path.join(import.meta.dirname, file), 'utf8');
    for (const { sql, line } of batches(text, major)) {
      await client.query(sql).catch((error: unknown) => {
        const at = Number((error as { position?: string }).position ?? 0);
        const where = `${file}:${line + sql.slice(0, at).split('\n').length - 1}`;
        throw new Error(`${where}: ${(error as Error).message}`, { cause: error });
      });
    }
  }
  await client.query('reset search_path');
}

/** Cuts a file at its marks: after `-- [16+]` comes what needs 16, after `-- [all]` what needs nothing. */
export function batches(text: string, major: Major): { sql: string; line: number }[] {
  const found: { sql: string; line: number }[] = [];
  let since = 0;
  let line = 1;
  for (const part of text.split(/^(-- \[(?:all|\d+\+)\])$/m)) {
    const mark = /^-- \[(?:all|(\d+)\+)\]$/.exec(part);
    if (mark) since = Number(mark[1] ?? 0);
    else if (since <= major) found.push({ sql: part, line });
    line += part.split('\n').length - 1;
  }
  return found;
}
