import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type pg from 'pg';
import { openScratch, type Scratch } from '../../src/engine/query/scratch.ts';
import { createWarmScratches, type WarmScratches } from '../../src/runs/warm-scratches.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { takeBackup } from '../engine/runs.ts';
import { testDatabase } from '../support/database.ts';
import { privateServer } from '../support/servers.ts';
import { until } from '../support/until.ts';

interface Warm {
  scratches: WarmScratches;
  stopping: AbortController;
  /** Asks the backup of that name, alone, what it has; `during` is done before. */
  ask: (name: string, during?: () => Promise<unknown>, signal?: AbortSignal) => Promise<unknown>;
  /** How many scratch databases the server has. */
  there: () => Promise<number>;
  client: pg.Client;
}

/** Questions of one backup under several names, on a server of their own. */
async function warm(t: TestContext, keptMs?: number): Promise<Warm> {
  const db = await testDatabase(t);
  await db.client.query('create table things (id int); insert into things values (1), (2)');
  const store = memoryStore();
  const manifest = await takeBackup(db.target, store);
  const stopping = new AbortController();
  const scratches = createWarmScratches(stopping.signal, keptMs === undefined ? {} : { keptMs });
  // Before the server goes.
  t.after(() => scratches.stop());
  const server = await privateServer(t);
  const client = await server.client();
  const running = new AbortController().signal;
  const open = (): Promise<Scratch> =>
    openScratch(
      { kind: 'url', server: server.target() },
      manifest,
      { bytesMax: 1_000_000, jobs: 1 },
      running,
    );
  const question = {
    sql: 'select count(*) from things',
    rowsMax: 1,
    answerBytesMax: 10_000,
    timeoutMs: 10_000,
  };
  return {
    scratches,
    stopping,
    client,
    ask: (name, during, signal = running) =>
      scratches.use(
        name,
        open,
        async (scratch) => {
          await during?.();
          return (await scratch.ask(question, store, running)).rows[0]![0];
        },
        signal,
      ),
    there: async () =>
      (await client.query(`select from pg_database where datname ~ '^holdfast_query_'`)).rows.length,
  };
}

test('questions wait for each other, and too many are refused', async (t) => {
  const { ask, there } = await warm(t);
  const gate = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const first = ask('a', () => {
    begun.resolve();
    return gate.promise;
  });
  await begun.promise;
  const second = ask('b', () => gate.promise);
  await t.test('of a third backup', () => assert.rejects(ask('c'), { code: 'SCRATCH_BUSY' }));
  await t.test('one that no longer waits is told at once, and lets nobody in', async () => {
    const leaving = new AbortController();
    const left = ask('a', undefined, leaving.signal);
    leaving.abort(new Error('gone'));
    await assert.rejects(left, /gone/);
  });
  const waiting = Array.from({ length: 8 }, () => ask('a'));
  await t.test('of the same backup', () => assert.rejects(ask('a'), { code: 'SCRATCH_BUSY' }));
  gate.resolve();
  assert.deepEqual(
    await Promise.all([first, second, ...waiting]),
    Array.from({ length: 10 }, () => '2'),
  );
  assert.equal(await there(), 2);
  await t.test('the one that was used longest ago makes room', async () => {
    assert.equal(await ask('a'), '2');
    assert.equal(await ask('c'), '2');
    assert.equal(await there(), 2);
  });
});

test('a scratch database goes when nothing was asked for a while, and when the process stops', async (t) => {
  const { ask, there, scratches, stopping } = await warm(t, 300);
  assert.equal(await ask('a'), '2');
  await until(async () => (await there()) === 0);
  assert.equal(await ask('a'), '2');
  stopping.abort(new Error('stopped'));
  await scratches.stop();
  assert.equal(await there(), 0);
  await assert.rejects(ask('a'), /stopped/);
});

test('one that somebody dropped is made again for the next question', async (t) => {
  const { ask, there, client } = await warm(t);
  assert.equal(await ask('a'), '2');
  const { rows } = await client.query<{ name: string }>(
    `select datname as name from pg_database where datname ~ '^holdfast_query_'`,
  );
  await client.query(`drop database ${rows[0]!.name} with (force)`);
  await assert.rejects(ask('a'), { name: 'HoldfastError' });
  assert.equal(await ask('a'), '2');
  assert.equal(await there(), 1);
});
