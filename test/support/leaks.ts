/** What a test must not leave behind: connections, locks and databases on the server; files and handles in its process. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import os from 'node:os';
import { after } from 'node:test';
import type pg from 'pg';
// Before our own hook, theirs has to be there: it stops the servers of this process.
import './servers.ts';
import { until } from './until.ts';

/** A backend ends a moment after its connection. */
const graceMs = 30_000;

/**
 * Fails when something of Holdfast is left in these databases: an open connection, an advisory lock, or a database that
 * a restore has not finished.
 * @param client connected to another database of the server
 */
export async function assertNothingLeaked(client: pg.Client, databases: readonly string[]): Promise<void> {
  let left: string[] = [];
  await until(async () => (left = await leftOn(client, databases)).length === 0, graceMs).catch(() => {});
  assert.deepEqual(left, [], 'the test left something behind');
}

async function leftOn(client: pg.Client, databases: readonly string[]): Promise<string[]> {
  const { rows } = await client.query<{ what: string }>(
    `select format('connection %s to %s (%s): %s', application_name, datname, state, left(query, 200)) as what
       from pg_stat_activity where datname = any ($1) and application_name like 'holdfast%'
     union all
     select format('advisory lock (%s, %s) in %s of process %s', classid, objid, datname, pid)
       from pg_locks l join pg_database d on d.oid = l.database
      where locktype = 'advisory' and datname = any ($1)
     union all
     select format('unfinished database %s', datname)
       from pg_database join unnest($1::text[]) as name on datname like 'holdfast_unfinished%' || name
      where datname <> all ($1)`,
    [databases],
  );
  return rows.map(({ what }) => what);
}

after(async () => {
  const mine = `holdfast-test-${process.pid}-`;
  const directories = (await fs.readdir(os.tmpdir())).filter((name) => name.startsWith(mine));
  // Something open would keep the process alive, and the runner waiting. Other hooks of the file may still close it.
  setTimeout(() => {
    console.error(`*** The file left something open: ${process.getActiveResourcesInfo().join(', ')}`);
    process.exit(1);
  }, graceMs).unref();
  assert.deepEqual(directories, [], 'the file left directories behind');
});
