import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { memoryStore } from '../../src/store/memory.ts';
import type { Store } from '../../src/store/store.ts';
import { testDatabase } from '../support/database.ts';
import { assertNoConnections, fails, manifestsIn } from './outcomes.ts';
import { takeBackup } from './runs.ts';

const tables = 260;

/** Tables that fit a read each, of bytes that do not compress: more than the readers may be ahead of the store. */
const noise = `do $$ begin
  for n in 1..${tables} loop
    execute format('create table noise_%s as select i, (select string_agg(sha512((%s * 1000000 + i * 100 + k)::text::bytea), '''')
      from generate_series(1, 16) k) as bytes from generate_series(1, 95) i', n, n);
  end loop; end $$`;

/** Resolves when no more is read. */
async function untilHeldBack(rawBytes: () => number): Promise<number> {
  for (let before = -1; ;) {
    const now = rawBytes();
    if (now > 0 && now === before) return now;
    before = now;
    await sleep(600);
  }
}

test('readers hold back while the store does not answer, go on when it does, and end when they are cancelled', async (t) => {
  const db = await testDatabase(t);
  await db.client.query(noise);
  for (const jobs of [1, 2, 4]) {
    const store = memoryStore();
    const answers = Promise.withResolvers<void>();
    const silent: Store = {
      ...store,
      async putChunks(chunks) {
        await answers.promise;
        await store.putChunks(chunks);
      },
    };
    let rawBytes = 0;
    const onProgress = (progress: { rawBytes: number }): void => void (rawBytes = progress.rawBytes);
    const controller = new AbortController();
    const cancelled = takeBackup(db.target, silent, { jobs }, { signal: controller.signal, onProgress });
    cancelled.catch(() => {});
    const read = await untilHeldBack(() => rawBytes);
    assert.ok(read < 70 * 1024 * 1024, `${read} bytes read, and none stored`);
    controller.abort();
    await fails(cancelled, 'CANCELLED');
    assert.equal(await manifestsIn(store), 0);
    await assertNoConnections(db.client);

    rawBytes = 0;
    const completed = takeBackup(db.target, silent, { jobs }, { onProgress });
    await untilHeldBack(() => rawBytes);
    answers.resolve();
    const { totals } = await completed;
    assert.deepEqual([totals.tables, totals.rows], [tables, tables * 95]);
    assert.ok(totals.rawBytes > read);
  }
});
