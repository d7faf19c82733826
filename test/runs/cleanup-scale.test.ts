import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import type pg from 'pg';
import { allNeededChunks } from './manifests.ts';
import { testSystem } from '../api/system.ts';
import type { Cleaned } from './cleaning-process.ts';

/** `1000,200000` is the size at which it must take less than a minute; a third number is how many chunks a backup names. */
const [backups, chunks, named] = (process.env['HOLDFAST_SCALE'] ?? '60,6000,600').split(',').map(Number) as [
  number,
  number,
  number?,
];

const shop = `
  create table notes (id int primary key, what text, changed int not null default 0);
  insert into notes select i, (select string_agg(md5((i * j)::text), '') from generate_series(1, 12) j), 0
    from generate_series(1, 20000) i`;

/**
 * So many backups, a day apart, each of which shares most of its chunks with those before and after it. They are what a
 * store holds, made by SQL: a chunk has the right hash, and some size out of line, but holds no rows.
 */
async function makeHistory(client: pg.Client, share: number): Promise<void> {
  await client.query(`
    create temp table piece as
      select i as n, sha256(frame) as id, frame
        from generate_series(1, ${chunks}) i,
             convert_to('piece ' || i || (select string_agg(md5((i * 97 + j)::text), '') from generate_series(1, 80) j), 'UTF8') frame;
    insert into system_backup_chunks (id, raw_bytes, stored_bytes, data)
      select id, 100, length(frame), jsonb_build_object('codec', 'zstd', 'encoding', 'base64', 'rawBytes', 100,
        'rows', 1, 'data', encode(frame, 'base64')) from piece;
    create index on piece (n);
    analyze piece`);
  await client.query(
    `insert into system_backups (uuid, type, status, store, created_at, started_at, finished_at, table_count,
       row_count, raw_bytes, stored_bytes, chunk_count, server_version, backup_data)
     select gen_random_uuid(), 'full', 'completed', 'database', day, day, day, 1, 0, 0, 0, $2, '18',
       jsonb_build_object('format', 'holdfast/1', 'tables', jsonb_build_array(jsonb_build_object('ranges',
         (select jsonb_agg(jsonb_build_object('fromBlock', p.n, 'rows', 1, 'rawBytes', 100, 'chunks', jsonb_build_array(
             jsonb_build_object('id', encode(p.id, 'hex'), 'rawBytes', 100, 'storedBytes', length(p.frame)))))
            from piece p where p.n > first and p.n <= first + $2))))
       from generate_series(1, $1::int) b, lateral (select now() - make_interval(days => $1 - b + 1) as day) d,
            lateral (select (b - 1) * ($3::int - $2::int) / greatest($1 - 1, 1) as first) f`,
    [backups, share, chunks],
  );
  await client.query('drop table piece');
}

test(`cleaning up ${backups} backups that share ${chunks} chunks, while backups run`, async (t) => {
  const { api, db, another } = await testSystem(t, { sql: shop });
  const share = named ?? Math.floor(chunks / 100);
  await makeHistory(db.client, share);
  await api.updateSchedule({ maxBackups: backups / 2, retentionDays: null });
  const base = await api.createBackup({ wait: true });
  await api.pinBackup(base.id);

  const script = path.join(import.meta.dirname, 'cleaning-process.ts');
  const child = spawn(process.execPath, [script, db.connectionString], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let cleaning = true;
  const said = text(child.stdout);
  const ended = once(child, 'exit').then(([code]) => {
    cleaning = false;
    assert.equal(code, 0);
  });
  // One after the other, each with some chunks that are there, some that are new, and some that only a backup that has
  // just been deleted had.
  const { api: elsewhere } = another();
  const left: number[] = [base.id];
  let meanwhile = 0;
  while (cleaning) {
    await db.client.query('update notes set changed = changed + 1 where id % 4 = $1', [meanwhile % 4]);
    const { id } = await elsewhere.createBackup({ wait: true });
    if (++meanwhile % 3 === 0) await elsewhere.deleteBackup(id);
    else left.push(id);
  }
  await ended;
  const cleaned = JSON.parse((await said).split('\n')[1]!) as Cleaned;
  t.diagnostic(
    `${cleaned.backups} backups and ${cleaned.chunks} chunks in ${cleaned.seconds.toFixed(1)} s, at most ` +
      `${cleaned.maxRssMiB.toFixed(0)} MiB; ${meanwhile} backups meanwhile`,
  );
  assert.ok(cleaned.backups >= backups / 2);
  assert.ok(cleaned.chunks > 0);
  assert.ok(meanwhile > 0, 'a backup ran meanwhile');
  // Node.js with all of Holdfast loaded takes 110 MiB, and leaves some garbage lying about.
  assert.ok(cleaned.maxRssMiB < 300, 'its memory does not grow with what there is');

  const { rows: missing } = await db.client.query(
    `select count(*)::int as n from unnest($1::text[]) as named(id)
      where not exists (select from system_backup_chunks c where c.id = decode(named.id, 'hex'))`,
    [[...(await allNeededChunks(db.client))]],
  );
  assert.equal(missing[0].n, 0, 'every backup that is left has all of its chunks');
  // Now that nothing runs, nothing is kept for anyone.
  assert.equal((await api.cleanUp({ wait: true })).cleanupPending, false);
  const { rows: orphans } = await db.client.query(
    `select count(*)::int as n from system_backup_chunks c
       left join unnest($1::text[]) as named(id) on decode(named.id, 'hex') = c.id
      where named.id is null`,
    [[...(await allNeededChunks(db.client))]],
  );
  assert.equal(orphans[0].n, 0, 'no chunk is left that no backup needs');
  // Those of the running backups are read whole: every chunk by its hash, every row by its number.
  for (const backupId of [...left.slice(0, 2), left.at(-1)!]) {
    const target = { mode: 'new-database' as const, database: db.freeName() };
    assert.equal((await api.restore({ backupId, target, wait: true })).status, 'completed');
  }
});
