import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import type pg from 'pg';
import { backup, type FinishedBackup } from '../../../src/engine/backup/backup.ts';
import type { KnownPiece } from '../../../src/engine/requests.ts';
import type { ConnectionTarget } from '../../../src/postgres/connection.ts';
import { memoryStore } from '../../../src/store/memory.ts';
import { openClient } from '../../support/connect.ts';
import { oneInTurn, privateServer, type PrivateServer, testedMajors, inTurn } from '../../support/servers.ts';
import { exactBackup } from './exact-backup.ts';
import { memoryPlace, type MemoryPlace } from './known-place.ts';

/** What the server's summaries of its log are good for. Each backup is compared with its snapshot, row by row. */

const shop = `
  create table orders (id bigserial primary key, placed timestamptz, note text);
  insert into orders (placed, note) select now() - make_interval(secs => i), repeat(md5(i::text), 6) from generate_series(1, 60000) i;
  create table events (id int primary key, what text);
  insert into events select i, (select string_agg(md5((i * k)::text), '') from generate_series(1, 100) k) from generate_series(1, 3000) i;
  create table small (id int primary key, v text);
  insert into small values (1, 'one'), (2, 'two');
  create table empty (id int primary key);
  create unlogged table unlogged (id int primary key);
  insert into unlogged values (1);
  create table parts (id int) partition by range (id);
  create table parts_1 partition of parts for values from (0) to (1000);
  insert into parts select generate_series(0, 999);`;

interface Shop {
  client: pg.Client;
  target: ConnectionTarget;
  known: MemoryPlace;
  /** An exact backup; how many ranges were not looked at, and how many there are of logged tables. */
  take(
    request?: Parameters<typeof exactBackup>[2],
  ): Promise<FinishedBackup & { skipped: number; all: number }>;
  /**
   * The number of ranges, when none of them is looked at any more. What was written is looked at twice: reading it for the first time
   * writes down in its blocks which transactions were committed, and with checksums in the log too.
   */
  settle(client?: pg.Client): Promise<number>;
  partialBackup(tables: string[]): Promise<void>;
  open(): Promise<pg.Client>;
  restart(): Promise<void>;
  server: PrivateServer;
}

async function openShop(t: TestContext, major: (typeof testedMajors)[number]): Promise<Shop> {
  const server = await privateServer(t, { major, settings: { summarize_wal: 'on' } });
  const client = await server.client();
  await client.query('create database shop');
  const target = server.target('shop');
  const opened = async (): Promise<pg.Client> => {
    const other = await openClient(target);
    t.after(() => other.end().catch(() => {}));
    return other;
  };
  const own = await opened();
  await own.query(shop);
  const store = memoryStore();
  const known = memoryPlace();
  const made: Shop = {
    client: own,
    target,
    known,
    open: opened,
    server,
    restart: () => server.restart('immediate'),
    async settle(on = own) {
      await on.query('vacuum');
      await on.query('checkpoint');
      await made.take();
      const { skipped, all } = await made.take();
      assert.equal(skipped, all);
      return all;
    },
    async partialBackup(tables) {
      const request = { type: 'partial' as const, tables, uuid: randomUUID(), jobs: 1, compressionLevel: 1 };
      const own = { tables: [], schemas: [] };
      const control = { signal: new AbortController().signal, report: () => {} };
      await backup(target, store, { ...request, lockTimeoutMs: 10_000, own, known }, control);
    },
    async take(request = {}) {
      // With a signal, transactions that are open may stay so.
      const finished = await exactBackup(target, store, { known, ...request }, new AbortController().signal);
      const { walSummaries, readings } = finished;
      const logged = readings.filter(({ name }) => name !== 'unlogged');
      const all = logged.reduce(
        (sum, { ranges }) => sum + ranges.unchanged + ranges.changed + ranges.read,
        0,
      );
      return { ...finished, skipped: walSummaries!.rangesUnchanged, all };
    },
  };
  await own.query('vacuum');
  await own.query('checkpoint');
  return made;
}

const reasonOf = ({ readings }: FinishedBackup, name: string): string =>
  readings.find((reading) => reading.name === name)!.reason;

for (const major of oneInTurn(testedMajors.filter((each) => each >= 17))) {
  test(`what the log does not name is not looked at, on ${major}`, inTurn(0, 2), async (t) => {
    const { client, known, take, settle, partialBackup } = await openShop(t, major);
    const first = await take();
    assert.equal(first.skipped, 0);
    const saved = known.saved;
    const again = await take();
    assert.equal(again.skipped, again.all);
    assert.deepEqual(again.manifest.tables, first.manifest.tables);
    assert.equal(known.saved, saved + 1, 'of all pieces only what confirms them is written');
    for (const { name, reason } of again.readings) assert.equal(reason, 'unchanged', name);

    await client.query(`update orders set note = 'changed' where id = 100`);
    const changed = await take();
    assert.match(reasonOf(changed, 'orders'), /^[12] of \d+ ranges changed$/);
    assert.ok(changed.skipped >= changed.all - 2);
    await settle();
    await client.query(`update orders set note = 'again' where id = 100`);
    assert.equal(reasonOf(await take(), 'orders'), '1 row changed');

    // Freezing changes no row; the blocks that it names are counted.
    await client.query('vacuum freeze');
    const frozen = await take();
    assert.ok(frozen.readings.every(({ reason }) => reason === 'unchanged'));
    assert.ok(frozen.skipped < frozen.all);
    await settle();

    await client.query(`update events set what = reverse(what) where id = 7; insert into empty values (1)`);
    const toasted = await take();
    assert.match(reasonOf(toasted, 'events'), /changed$/);
    assert.equal(reasonOf(toasted, 'empty'), '1 of 1 range changed');
    assert.ok(toasted.skipped >= toasted.all - 3 && toasted.skipped < toasted.all);

    await client.query('delete from orders where id > 20000');
    await client.query('vacuum orders');
    const shorter = await take();
    assert.match(reasonOf(shorter, 'orders'), /changed$/);
    assert.ok(shorter.all < first.all);
    assert.equal(await settle(), shorter.all);
    await client.query(
      `insert into orders select i, now(), repeat('back', 40) from generate_series(20001, 60000) i`,
    );
    const longer = await take();
    assert.ok(longer.all > shorter.all);
    assert.equal(await settle(), longer.all);

    await client.query('truncate small');
    await client.query('vacuum full events');
    const rewritten = await take();
    assert.equal(reasonOf(rewritten, 'events'), 'read: it was rewritten or truncated');
    assert.equal(reasonOf(rewritten, 'small'), 'read: it was rewritten or truncated');
    assert.equal(rewritten.walSummaries!.problem, null);
    assert.equal((await take({ full: true })).skipped, 0);
    const all = await settle();
    // A backup of some tables leaves what is known of the others as it is.
    await partialBackup(['orders']);
    assert.equal((await take()).skipped, all);
    assert.equal((await take({ rereadDays: 1e-9 })).skipped, 0, 'what is to be read again is');
  });

  test(
    `what a transaction wrote before a snapshot and committed after it is found, on ${major}`,
    inTurn(1, 2),
    async (t) => {
      const { client, take, open, restart, settle } = await openShop(t, major);
      const all = await settle();
      const running = await open();
      await running.query(
        `begin; update orders set note = 'late' where id = 1; savepoint a; delete from small where id = 2`,
      );
      // What it has written lies in summaries that are complete.
      await client.query('checkpoint');
      const during = await take();
      assert.ok(during.skipped >= all - 3 && during.skipped < all);
      await client.query('checkpoint');
      await take();
      await running.query('commit');
      const after = await take();
      assert.ok(after.skipped >= all - 3 && after.skipped < all, 'an older moment serves');
      assert.match(reasonOf(after, 'orders'), /changed$/);
      assert.match(reasonOf(after, 'small'), /changed$/);
      await settle();

      await running.query(
        `begin; update orders set note = 'prepared' where id = 40000; prepare transaction 'p'`,
      );
      await client.query('checkpoint');
      await take();
      await restart();
      const other = await open();
      await other.query('checkpoint');
      await take();
      await other.query(`commit prepared 'p'`);
      const committed = await take();
      assert.match(reasonOf(committed, 'orders'), /changed$/);
      assert.ok(committed.skipped > 0 && committed.skipped < all);

      await settle(other);
      // The first backup of a place has no moment before a transaction that runs.
      const late = await open();
      await late.query(`begin; update orders set note = 'first' where id = 30000`);
      await other.query('checkpoint');
      const known = memoryPlace();
      await take({ known });
      await late.query('commit');
      const second = await take({ known });
      assert.equal(second.skipped, 0);
      assert.match(reasonOf(second, 'orders'), /changed$/);
      assert.ok((await take({ known })).skipped > 0);
    },
  );

  test(`what confirms pieces is of no use for others, on ${major}`, inTurn(1, 2), async (t) => {
    const { client, known, take, settle } = await openShop(t, major);
    const all = await settle();
    const old = new Map(known.pieces);
    await client.query(`update orders set note = 'new' where id in (5, 59000)`);
    await client.query(`insert into small values (3, 'three')`);
    await take();
    await settle();
    // A process that was taken over writes late what it has found out long before.
    const late = [...old.values()].filter(({ table }) => table !== 0);
    await known.save(late);
    const found = await take();
    assert.match(reasonOf(found, 'orders'), /changed$/);
    assert.match(reasonOf(found, 'small'), /changed$/);
    await settle();

    // What could not be kept is not confirmed.
    await client.query(`update small set v = 'four' where id = 1`);
    const failing = {
      ...known,
      save: async (pieces: readonly KnownPiece[]) => {
        if (pieces.some(({ table }) => table !== 0)) throw new Error('the disk is full');
        await known.save(pieces);
      },
    };
    await take({ known: failing });
    const counted = await take();
    assert.match(reasonOf(counted, 'small'), /changed$/);
    await settle();

    await client.query(`update orders set note = 'once' where id = 5`);
    await take();
    await client.query(`update orders set note = 'twice' where id = 5`);
    const withoutMaps = {
      ...known,
      saveMaps: async () => {
        throw new Error('the disk is full');
      },
    };
    assert.equal(reasonOf(await take({ known: withoutMaps }), 'orders'), '1 row changed');
    assert.equal(reasonOf(await take(), 'orders'), '1 row changed', 'as of the time when it was kept');
    await settle();

    // Nor is anything without what confirms it, nor in a history that is another one.
    known.pieces.delete('0 0');
    assert.equal((await take()).skipped, 0);
    assert.equal((await take()).skipped, all);
  });

  test(`where summaries cannot be had rows are counted, on ${major}`, inTurn(0, 2), async (t) => {
    const { client, target, server } = await openShop(t, major);
    await client.query(`create role plain login password 'p' in role pg_read_all_data bypassrls`);
    const store = memoryStore();
    const known = memoryPlace();
    const plain = { ...target, user: 'plain', password: 'p' };
    const signal = new AbortController().signal;
    const take = async () => (await exactBackup(plain, store, { known }, signal)).walSummaries!;
    await take();
    assert.deepEqual(
      { ...(await take()), waitedMs: 0 },
      { rangesUnchanged: 0, waitedMs: 0, problem: 'not permitted' },
    );
    await client.query('grant pg_checkpoint to plain');
    const permitted = await take();
    assert.equal(permitted.problem, null);
    assert.ok(permitted.rangesUnchanged > 0);

    // A file is gone, as after `wal_summary_keep_time`.
    await client.query(`update orders set note = 'gap' where id = 1`);
    await client.query('checkpoint');
    // What is being summarized would be there again.
    for (let done = false; !done;) {
      const { rows } = await client.query<{ done: boolean }>(
        `select summarized_lsn >= (select redo_lsn from pg_control_checkpoint()) as done from pg_get_wal_summarizer_state()`,
      );
      done = rows[0]!.done;
    }
    const summaries = path.join(server.server.dataDirectory, 'pg_wal', 'summaries');
    for (const name of await fs.readdir(summaries)) await fs.rm(path.join(summaries, name));
    const gone = await take();
    assert.deepEqual({ ...gone, waitedMs: 0 }, { rangesUnchanged: 0, waitedMs: 0, problem: 'missing' });
    assert.ok((await take()).rangesUnchanged > 0, 'from then on there are some again');

    await client.query('alter system set summarize_wal = off');
    await server.restart('fast', { summarize_wal: 'off' });
    assert.equal((await exactBackup(plain, store, { known }, signal)).walSummaries, null);
  });
}
