import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import fc from 'fast-check';
import type pg from 'pg';
import { awaitEnded, isBefore, nextTransaction, readWalMoment } from '../../src/postgres/wal-moment.ts';
import {
  keepsSummaries,
  readSummaries,
  readWrittenRanges,
  summarizeUpToNow,
  withoutGap,
  type Summary,
  type WrittenRanges,
} from '../../src/postgres/wal-summaries.ts';
import { Session } from '../../src/postgres/wire/session.ts';
import { openClient } from '../support/connect.ts';
import { privateServer, testedMajors, type PrivateServer } from '../support/servers.ts';
import { until } from '../support/until.ts';

const never = new AbortController().signal;
const able = testedMajors.filter((major) => major >= 17);

test('the number of the next transaction is that above xmax which age counts from, in any epoch', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 3, max: 2 ** 50 }),
      fc.integer({ min: 0, max: 2 ** 31 - 1 }),
      (xmax, above) => {
        const next = xmax + above;
        // As the server does it: a difference of 32 bits, with its sign.
        const age = Number(BigInt.asIntN(32, BigInt(next) - 3n));
        assert.equal(nextTransaction(age, xmax), next);
        assert.equal(nextTransaction(age, next + 1), null, 'a snapshot that is younger is refused');
      },
    ),
  );
});

test('summaries reach back as far as there is no gap', () => {
  const summary = (start: number, end: number): Summary => ({
    start: `0/${start.toString(16)}`,
    end: `0/${end.toString(16)}`,
  });
  const row = [summary(16, 32), summary(32, 48), summary(50, 64), summary(64, 256)];
  assert.deepEqual(withoutGap(row, '0/80'), { from: '0/32', summaries: row.slice(2) });
  assert.deepEqual(withoutGap(row, '0/100'), { from: '0/32', summaries: row.slice(2) });
  assert.equal(withoutGap(row, '0/101'), undefined);
  assert.equal(withoutGap([], '0/1'), undefined);
  assert.ok(isBefore('0/FFFFFFFF', '1/0') && !isBefore('1/0', '1/0'));
});

async function session(t: TestContext, server: PrivateServer): Promise<Session> {
  const opened = await Session.open(server.target());
  t.after(() => opened.close());
  return opened;
}

async function fileOf(client: pg.Client, table: string): Promise<{ oid: number; file: number }> {
  const { rows } = await client.query(
    `select $1::regclass::oid::int8 as oid, pg_relation_filenode($1)::int8 as file`,
    [table],
  );
  return { oid: Number(rows[0].oid), file: Number(rows[0].file) };
}

/** What summaries say of a table since a place, on a connection of their own. */
async function written(
  server: PrivateServer,
  table: { oid: number; file: number },
  since: string,
  database?: string,
): Promise<Omit<WrittenRanges, 'blocksPerRange'> | 'all' | 'gap'> {
  const asking = await Session.open(server.target(database));
  try {
    return await writtenSince(asking, table, since);
  } finally {
    await asking.close();
  }
}

async function writtenSince(
  asking: Session,
  table: { oid: number; file: number },
  since: string,
): Promise<Omit<WrittenRanges, 'blocksPerRange'> | 'all' | 'gap'> {
  const log = await summarizeUpToNow(asking, 10_000, never);
  assert.equal(log.problem, null);
  const chain = withoutGap(await readSummaries(asking, log.timeline), log.until);
  assert.ok(chain);
  if (isBefore(since, chain.from)) return 'gap';
  const { summaries } = chain;
  const all = await readWrittenRanges(
    asking,
    [{ ...table, blocksPerRange: 16, since }],
    { timeline: log.timeline, summaries },
    30_000,
  );
  const found = all.get(table.oid);
  if (!found) return 'all';
  const { blocksPerRange, ...named } = found;
  assert.equal(blocksPerRange, 16, 'as it was asked for');
  return named;
}

for (const major of able) {
  test(`summaries name the ranges that were written to, on ${major}`, async (t) => {
    const server = await privateServer(t, { major, settings: { summarize_wal: 'on' } });
    const client = await server.client();
    const lead = await session(t, server);
    assert.equal(await keepsSummaries(lead), true);
    await client.query(`create table t (id int primary key, v text) with (fillfactor = 90)`);
    await client.query(`insert into t select i, repeat('x', 200) from generate_series(1, 10000) i`);
    await client.query('vacuum freeze t');
    const t1 = await fileOf(client, 't');
    const blockOf = async (id: number): Promise<number> =>
      (await client.query(`select (ctid::text::point)[0]::int as block from t where id = $1`, [id])).rows[0]
        .block;
    const now = async (): Promise<string> => (await readWalMoment(lead))!.lsn;
    const before = await now();
    assert.deepEqual(await written(server, t1, before), { ranges: new Set(), cutOffAt: null });

    const since = await now();
    const range = Math.floor((await blockOf(5000)) / 16);
    await client.query(`update t set v = repeat('y', 200) where id = 5000`);
    assert.deepEqual(await written(server, t1, since), { ranges: new Set([range]), cutOffAt: null });
    assert.deepEqual(await written(server, t1, await now()), { ranges: new Set(), cutOffAt: null });

    // What is written by a transaction that goes on, and is over long after it.
    const running = await server.client();
    await running.query(`begin; delete from t where id = 100`);
    // Summaries are as fine as checkpoints.
    await client.query('checkpoint');
    const between = await now();
    await running.query('commit');
    assert.deepEqual(await written(server, t1, between), { ranges: new Set(), cutOffAt: null });
    assert.deepEqual(await written(server, t1, since), { ranges: new Set([0, range]), cutOffAt: null });

    const beforeEnd = await now();
    const last = await blockOf(10000);
    await client.query('delete from t where id > 5000');
    await client.query('vacuum t');
    const cut = await written(server, t1, beforeEnd);
    assert.ok(typeof cut === 'object' && cut.cutOffAt !== null && cut.cutOffAt < last, JSON.stringify(cut));

    // A file that another database has under the same number says nothing of this one.
    await client.query(`create database other strategy file_copy`);
    const other = await openClient(server.target('other'));
    await other.query('create table t (id int)');
    await other.end();
    const quiet = await now();
    assert.deepEqual(await written(server, t1, quiet), { ranges: new Set(), cutOffAt: null });

    // A database that is moved is copied as a whole; its files keep their numbers in another tablespace.
    const place = path.join(path.dirname(server.server.dataDirectory), 'space');
    await fs.mkdir(place);
    const { uid, gid } = await fs.stat(server.server.dataDirectory);
    await fs.chown(place, uid, gid);
    await client.query(`create tablespace space location '${place}'`);
    const inOther = async (work: (moving: pg.Client) => Promise<unknown>): Promise<void> => {
      const moving = await openClient(server.target('other'));
      try {
        await work(moving);
      } finally {
        await moving.end();
      }
    };
    let file = { oid: 0, file: 0 };
    await inOther(async (moving) => (file = await fileOf(moving, 't')));
    const beforeMove = await now();
    await inOther((moving) => moving.query('insert into t values (1)'));
    const beforeCopy = await now();
    await client.query('alter database other set tablespace space');
    await client.query('checkpoint');
    const afterCopy = await now();
    await inOther((moving) => moving.query('insert into t values (1)'));
    assert.equal(await written(server, file, beforeMove, 'other'), 'all');
    assert.equal(await written(server, file, beforeCopy, 'other'), 'all');
    assert.deepEqual(await written(server, file, afterCopy, 'other'), {
      ranges: new Set([0]),
      cutOffAt: null,
    });
    assert.deepEqual(await written(server, t1, quiet), { ranges: new Set(), cutOffAt: null });
  });

  test(`a moment lies above transactions that run, and waiting is for them, on ${major}`, async (t) => {
    const server = await privateServer(t, { major });
    const lead = await session(t, server);
    assert.equal(await keepsSummaries(lead), false, 'they are off unless switched on');
    const running = await server.client();
    await running.query('create table t (id int)');
    await running.query('begin');
    await running.query('insert into t values (1)');
    await running.query('savepoint a');
    await running.query('insert into t values (2)');
    const xid = async (client: pg.Client): Promise<number> =>
      Number((await client.query('select max(xmin::text::int8) as xid from t')).rows[0].xid);
    const sub = await xid(running);
    const { next } = (await readWalMoment(lead))!;
    assert.equal(next, sub + 1);
    assert.equal(await awaitEnded(lead, next, 100, never), false);
    await running.query(`prepare transaction 'waits'`);
    assert.equal(await awaitEnded(lead, next, 100, never), false);
    const soon = awaitEnded(lead, next, 10_000, never);
    await running.query(`commit prepared 'waits'`);
    assert.equal(await soon, true);
    assert.equal(await awaitEnded(lead, (await readWalMoment(lead))!.next, 0, never), true);
  });

  test(`what was not summarized is a gap, and a role that may not have a checkpoint made is told, on ${major}`, async (t) => {
    const server = await privateServer(t, {
      major,
      settings: { max_wal_size: '32MB', min_wal_size: '32MB' },
    });
    let client = await server.client();
    await client.query('alter system set summarize_wal = on');
    await client.query('select pg_reload_conf()');
    await client.query('create table t (id int)');
    await client.query(`create role plain login password 'p'`);
    await client.query('checkpoint');
    const t1 = await fileOf(client, 't');
    const moment = async (): Promise<string> => (await readWalMoment(await session(t, server)))!.lsn;
    const since = await moment();
    const plain = await Session.open({ ...server.target(), user: 'plain', password: 'p' });
    t.after(() => plain.close());
    assert.equal(await keepsSummaries(plain), true);
    assert.ok(await readWalMoment(plain));
    await client.query('insert into t values (1)');
    assert.equal((await summarizeUpToNow(plain, 10_000, never)).problem, 'not permitted');
    assert.deepEqual(await written(server, t1, since), { ranges: new Set([0]), cutOffAt: null });
    assert.equal((await readSummaries(plain, 1)).length > 0, true);

    // Off for a while, in which the log is thrown away.
    const summarizer = async (): Promise<number | null> =>
      (await client.query('select summarizer_pid from pg_get_wal_summarizer_state()')).rows[0].summarizer_pid;
    await client.query('alter system set summarize_wal = off');
    await client.query('select pg_reload_conf()');
    await until(async () => (await summarizer()) === null);
    await client.query('insert into t select generate_series(1, 200000)');
    for (let i = 0; i < 4; i++) {
      await client.query(`select pg_switch_wal()`);
      await client.query('insert into t values (1)');
      await client.query('checkpoint');
    }
    await client.query('alter system set summarize_wal = on');
    await client.query('select pg_reload_conf()');
    assert.equal(await written(server, t1, since), 'gap');
    const later = await moment();
    assert.deepEqual(await written(server, t1, later), { ranges: new Set(), cutOffAt: null });

    // A log that leaves out what was loaded into new files is not summarized at all.
    await client.query('alter system set summarize_wal = off');
    await server.restart('fast', { wal_level: 'minimal', max_wal_senders: '0' });
    client = await server.client();
    assert.equal((await client.query('show wal_level')).rows[0].wal_level, 'minimal');
    await client.query('begin; truncate t; insert into t select generate_series(1, 1000); commit');
    await client.query('insert into t values (2)');
    await client.query('alter system set summarize_wal = on');
    await server.restart('fast', { wal_level: 'replica' });
    client = await server.client();
    const t2 = await fileOf(client, 't');
    assert.notEqual(t2.file, t1.file);
    assert.equal(await written(server, t2, later), 'gap');

    // A crash loses nothing of what summaries need.
    const beforeCrash = await moment();
    await client.query('insert into t values (3)');
    await client.end();
    await server.restart('immediate');
    assert.deepEqual(await written(server, t2, beforeCrash), { ranges: new Set([0]), cutOffAt: null });
  });
}
