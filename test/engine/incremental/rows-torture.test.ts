import assert from 'node:assert/strict';
import { test } from 'node:test';
import type pg from 'pg';
import type { FinishedBackup } from '../../../src/engine/backup/backup.ts';
import { verifyBackup } from '../../../src/engine/read/verify.ts';
import { memoryStore } from '../../../src/store/memory.ts';
import { assertSameDatabase } from '../../support/compare.ts';
import { openClient } from '../../support/connect.ts';
import { testDatabase } from '../../support/database.ts';
import { majorsInTurn } from '../../support/servers.ts';
import { runRestore } from '../runs.ts';
import { seeded, type Random } from '../segments.ts';
import { exactBackup } from './exact-backup.ts';
import { memoryPlace } from './known-place.ts';

/*
 * Whatever writers do during and between backups, each backup has exactly the rows of its own snapshot. For longer:
 * HOLDFAST_TORTURE_ROUNDS, and HOLDFAST_TORTURE_SEED for the same work again.
 */

const rounds = Number(process.env['HOLDFAST_TORTURE_ROUNDS'] ?? 7);
const control = { signal: new AbortController().signal, report: () => {} };

const tables = `
  create table accounts (id int primary key, branch int, balance numeric, filler text) with (fillfactor = 90, autovacuum_vacuum_threshold = 200);
  create index on accounts (branch);
  insert into accounts select i, i % 100, i, repeat(md5(i::text), 8) from generate_series(1, 30000) i;
  create table documents (id uuid primary key, body jsonb, size int generated always as (length(body::text)) stored);
  insert into documents (id, body) select md5(i::text)::uuid, jsonb_build_object('n', i, 'text', E'a\\tb\\nc\\\\' || i) from generate_series(1, 5000) i;
  create table heavy (id int primary key, payload text);
  alter table heavy alter payload set storage external;
  insert into heavy select i, (select string_agg(md5((i * j)::text), '') from generate_series(1, 700) j) from generate_series(1, 500) i;
  create table log (at timestamptz default clock_timestamp(), line text);
  create table parts (id int, place int, note text) partition by list (place);
  create table parts_0 partition of parts for values in (0);
  create table parts_1 partition of parts for values in (1);
  create table parts_2 partition of parts default;
  insert into parts select i, i % 4, 'part ' || i from generate_series(1, 8000) i`;

type Work = (random: Random) => string;

const some = (random: Random, most: number): number => random(most);
/** Statements of one transaction each. */
const works: Work[] = [
  (r) => `update accounts set balance = balance + 1 where id = ${1 + some(r, 30000)}`,
  (r) => `update accounts set balance = balance + 1 where id % 100 = ${some(r, 100)}`,
  (r) =>
    `update accounts set branch = branch + 1 where id between ${some(r, 30000)} and ${some(r, 30000)} and id % 3 = 0`,
  (r) => `delete from accounts where id % 200 = ${some(r, 200)}`,
  (r) =>
    `insert into accounts select i, 0, i, 'fresh' from generate_series(1, 30000) i where i % 200 = ${some(r, 200)} on conflict (id) do update set branch = excluded.branch`,
  (r) => `begin; update accounts set filler = 'a' where id % 300 = ${some(r, 300)}; savepoint s;
    update accounts set filler = 'b' where id % 30 = ${some(r, 30)}; rollback to s;
    update accounts set filler = 'c' where id % 300 = ${some(r, 300)}; commit`,
  (r) => `begin; delete from accounts where id % 10 = ${some(r, 10)}; rollback`,
  (r) =>
    `begin; insert into accounts values (-1, 0, 0, 'short-lived'); delete from accounts where id = -1; update accounts set branch = 7 where id = ${some(r, 30000)}; commit`,
  (
    r,
  ) => `do $$ begin for n in 1..20 loop begin update accounts set balance = n where id = n * 37 + ${some(r, 500)};
    if n % 3 = 0 then raise exception 'no'; end if; exception when others then null; end; end loop; end $$`,
  (r) =>
    `update documents set body = body || jsonb_build_object('r', ${some(r, 1000)}) where ctid in (select ctid from documents offset ${some(r, 4000)} limit ${1 + some(r, 100)})`,
  (r) => `delete from documents where ctid in (select ctid from documents offset ${some(r, 4000)} limit 10)`,
  () =>
    `insert into documents (id, body) select gen_random_uuid(), jsonb_build_object('new', i) from generate_series(1, 30) i`,
  (r) => `update heavy set payload = reverse(payload) where id % 50 = ${some(r, 50)}`,
  (r) => `update heavy set id = id where id % 20 = ${some(r, 20)}`,
  (r) =>
    `insert into log (line) select repeat('line ', 20) || i from generate_series(1, ${1 + some(r, 2000)}) i`,
  (r) => `delete from log where ctid in (select ctid from log limit ${some(r, 300)})`,
  (r) => `update parts set place = (place + 1) % 4 where id % 40 = ${some(r, 40)}`,
  (r) => `update parts set note = note || '.' where id = ${some(r, 8000)}`,
  () => 'vacuum accounts',
  () => 'vacuum (freeze) parts_1, documents',
];
/** What waits for a backup, or has it wait: between backups only. */
const between: Work[] = [
  () => 'vacuum',
  () => 'vacuum freeze',
  () => 'vacuum full documents',
  () => 'cluster accounts using accounts_pkey',
  () => 'truncate log',
  (r) => `alter table parts add column c${some(r, 1e9)} int default 5`,
  () => 'reindex table accounts',
  (r) => `begin; truncate log; insert into log (line) values ('${some(r, 9)}'); rollback`,
  (r) => `update accounts set balance = 0 where id % 2 = ${some(r, 2)}`,
  () => 'checkpoint',
];

async function write(client: pg.Client, random: Random, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    const work = works[random(works.length)]!(random);
    await client.query(work).catch(async (error: { code?: string }) => {
      // Writers may be in each other's way.
      if (!['40P01', '40001', '23505'].includes(error.code ?? '')) throw error;
      await client.query('rollback');
    });
    await new Promise((resolve) => setTimeout(resolve, random(30)));
  }
}

for (const major of majorsInTurn(3)) {
  test(`torture: every backup has the rows of its snapshot, on ${major}`, async (t) => {
    const seed = Number(process.env['HOLDFAST_TORTURE_SEED'] ?? Date.now() % 1e6);
    t.diagnostic(`seed ${seed}`);
    const random = seeded(seed);
    const db = await testDatabase(t, { major });
    await db.client.query(tables);
    const store = memoryStore();
    const known = memoryPlace();
    const backups: FinishedBackup[] = [];
    for (let round = 0; round < rounds; round++) {
      if (random(3) === 0) await db.client.query(between[random(between.length)]!(random));
      let over = false;
      const clients = await Promise.all([0, 1].map(() => openClient(db.target)));
      const writers = Promise.all(clients.map((client) => write(client, seeded(random(1e9)), () => over)));
      writers.catch(() => {});
      try {
        backups.push(await exactBackup(db.target, store, { known, jobs: 1 + random(3) }));
        backups.push(await exactBackup(db.target, store, { known, full: random(8) === 0 }));
      } finally {
        over = true;
        await Promise.allSettled([writers]);
        for (const client of clients) await client.end();
      }
      await writers;
    }
    const last = await exactBackup(db.target, store, { known });
    // However busy the writers were, when they have ended nothing is read.
    backups.push(last, await exactBackup(db.target, store, { known }));
    for (const { manifest } of backups) await verifyBackup(store, manifest, control);
    const database = db.freeName();
    await runRestore(db.target, store, last.manifest, { target: { mode: 'new-database', database } });
    await assertSameDatabase((await db.adopt(database)).target, db.target);

    const readings = backups.flatMap((backup) => backup.readings);
    const ranges = backups.flatMap(({ manifest }) => manifest.tables.flatMap((table) => table.ranges));
    const seen = {
      byRow: readings.filter(({ rowsChanged }) => rowsChanged !== null && rowsChanged > 0).length,
      unchanged: readings.filter(({ reason }) => reason === 'unchanged').length,
      segments: Math.max(...ranges.map(({ segments }) => segments.length)),
      dropping: ranges.filter(({ drops }) => drops).length,
    };
    t.diagnostic(JSON.stringify(seen));
    assert.ok(seen.byRow > rounds && seen.unchanged > 0 && seen.segments > 3 && seen.dropping > rounds);
  });
}
