import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryStore } from '../../src/store/memory.ts';
import { openClient } from '../support/connect.ts';
import { testDatabase } from '../support/database.ts';
import { runRestore, takeBackup } from './runs.ts';

const accounts = 2_000;
const backupMs = 20_000;

test('money that moves during a backup of twenty seconds is neither made nor lost', async (t) => {
  const db = await testDatabase(t);
  await db.client.query(`
    create table account (id int primary key, balance bigint not null, filler text) with (fillfactor = 50);
    insert into account select i, 1000, repeat(md5(i::text), 30) from generate_series(1, ${accounts}) i;
    create table transfer (id bigserial primary key, source int references account, target int references account, amount int);
    create table ballast as select i, repeat(md5(i::text), 60) as text from generate_series(1, 20000) i`);

  let going = true;
  let moves = 0;
  const movers = Array.from({ length: 8 }, async (_, mover) => {
    const client = await openClient(db.target, { applicationName: 'mover' });
    for (let i = 0; going; i++) {
      const [a, b] = [(mover * 7919 + i * 31) % accounts, (mover * 104729 + i * 17 + 1) % accounts];
      if (a === b) continue;
      const [low, high] = [Math.min(a, b) + 1, Math.max(a, b) + 1];
      const amount = 1 + (i % 50);
      // Two statements, so that a reader without one snapshot for all would see money in between.
      await client.query('begin');
      await client.query('update account set balance = balance - $2 where id = $1', [low, amount]);
      await client.query('update account set balance = balance + $2 where id = $1', [high, amount]);
      await client.query('insert into transfer (source, target, amount) values ($1, $2, $3)', [
        low,
        high,
        amount,
      ]);
      await client.query('commit');
      moves++;
    }
    await client.end();
  });

  // A store that takes its time, so that the backup lasts.
  const memory = memoryStore();
  const started = Date.now();
  const slow = {
    ...memory,
    async putChunks(chunks: Parameters<typeof memory.putChunks>[0]) {
      await memory.putChunks(chunks);
      const left = started + backupMs - Date.now();
      if (left > 0) await new Promise((resolve) => setTimeout(resolve, left));
    },
  };
  const manifest = await takeBackup(db.target, slow);
  const lastedMs = Date.now() - started;
  const movedDuring = moves;
  going = false;
  await Promise.all(movers);
  assert.ok(lastedMs >= backupMs, `the backup took ${lastedMs} ms`);
  assert.ok(movedDuring > 100, `${movedDuring} moves happened during the backup`);

  const name = db.freeName();
  await runRestore(db.target, memory, manifest, { target: { mode: 'new-database', database: name } });
  const restored = await db.adopt(name);
  const { rows } = await restored.client.query(`
    select (select sum(balance) from account) as sum, (select count(*) from transfer) as transfers,
      (select count(*) from (
        select a.id from account a
          left join lateral (select coalesce(sum(amount), 0) as out from transfer where source = a.id) o on true
          left join lateral (select coalesce(sum(amount), 0) as in from transfer where target = a.id) i on true
        where a.balance <> 1000 - o.out + i.in) wrong) as wrong`);
  assert.equal(rows[0].sum, String(accounts * 1000));
  assert.equal(rows[0].wrong, '0', 'every balance agrees with the transfers of the same moment');
  assert.ok(Number(rows[0].transfers) < moves, 'transfers after the snapshot are not in it');
  assert.equal(Number(rows[0].transfers), manifest.tables.find((table) => table.name === 'transfer')?.rows);
});

test('a table truncated between snapshot and lock does not read as empty beside older tables', async (t) => {
  const db = await testDatabase(t);
  await db.client.query(`
    create table one (i int); create table two (i int);
    insert into one select generate_series(1, 10); insert into two select generate_series(1, 10)`);
  const other = await db.adopt(db.name);
  // The truncation is not committed yet: the snapshot sees ten rows in both, and the lock has to wait.
  await other.client.query('begin; truncate one; insert into one values (1); update two set i = -i');
  const taking = takeBackup(db.target, memoryStore(), { lockTimeoutMs: 30_000 });
  for (;;) {
    const { rows } = await db.client.query(
      `select count(*)::int as waiting from pg_stat_activity where application_name like 'holdfast backup%' and wait_event_type = 'Lock'`,
    );
    if (rows[0].waiting > 0) break;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await other.client.query('commit');
  const manifest = await taking;
  assert.deepEqual(
    manifest.tables.map((table) => [table.name, table.rows]),
    [
      ['one', 1],
      ['two', 10],
    ],
  );
});
