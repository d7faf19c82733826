import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { HoldfastError, type ErrorCode } from '../../src/base/errors.ts';
import type { Store } from '../../src/store/store.ts';

/** How a run ended, and what it left behind. */

/** The error that an attempt must end with: of this code, with a message that matches. */
export async function fails(
  attempt: Promise<unknown>,
  expected: ErrorCode,
  message?: RegExp,
): Promise<HoldfastError> {
  const error: unknown = await attempt.then(
    () => assert.fail(`it worked, instead of ${expected}`),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof HoldfastError, String(error));
  assert.equal(error.code, expected, error.message);
  if (message) assert.match(error.message, message);
  return error;
}

/** No connection of a run is left on the server. Closing a socket is quick; the server may need a moment to notice. */
export async function assertNoConnections(client: pg.Client): Promise<void> {
  let left: unknown[] = [];
  for (let attempt = 0; attempt < 150; attempt++) {
    const { rows } = await client.query(
      `select application_name, datname, state, left(query, 200) as query from pg_stat_activity
       where application_name like 'holdfast%' and (datname = current_database() or datname like 'holdfast%')`,
    );
    left = rows;
    if (left.length === 0) return;
    await sleep(20);
  }
  assert.deepEqual(left, []);
}

/** Neither this database nor one that was being built under another name. */
export async function assertNoDatabase(client: pg.Client, name: string): Promise<void> {
  const { rows } = await client.query(
    `select datname from pg_database where datname = $1 or datname like 'holdfast_unfinished%' || $1`,
    [name],
  );
  assert.deepEqual(rows, []);
}

export async function manifestsIn(store: Store): Promise<number> {
  let count = 0;
  for await (const _ of store.listManifests()) count++;
  return count;
}
