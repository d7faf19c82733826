import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import { testSystem } from '../api/system.ts';

/** Kills of each kind of work. */
const kills = Number(process.env['HOLDFAST_KILLS'] ?? 6);

const shop = `
  create table notes (id int primary key, what text, changed int not null default 0);
  insert into notes select i, (select string_agg(md5((i * j)::text), '') from generate_series(1, 12) j)
    from generate_series(1, 60000) i`;

/** Begins a piece of work in a process of its own and kills that after so many milliseconds. */
async function killedAfter(url: string, kind: string, backupId: number, delayMs: number): Promise<boolean> {
  const script = path.join(import.meta.dirname, 'killed-run.ts');
  const child = spawn(process.execPath, [script, url, kind, String(backupId)], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  await once(child.stdout, 'data');
  await pause(delayMs);
  child.kill('SIGKILL');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return !said.includes('ended');
}

async function contents(client: pg.Client): Promise<string> {
  const { rows } = await client.query(`select md5(string_agg(n::text, '' order by id)) as sum from notes n`);
  return rows[0].sum as string;
}

/** How long the work takes when nobody kills it. */
async function measured(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

for (const kind of ['backup', 'restore', 'cleanup'] as const) {
  test(`a ${kind} killed at any moment leaves nothing stuck, nothing half done and nothing behind`, async (t) => {
    const { api, db } = await testSystem(t, { sql: shop });
    await api.updateSchedule({ maxBackups: 2, retentionDays: null, failedDays: 1 });
    const base = await api.createBackup({ wait: true });
    await api.pinBackup(base.id);
    const original = await contents(db.client);
    let killedUnderWay = 0;
    for (let n = 0; n < kills; n++) {
      // Something new to store, something to restore over, something to delete.
      await db.client.query('update notes set changed = changed + 1 where id % 3 = $1', [n % 3]);
      const changed = await contents(db.client);
      let lastsMs = 700;
      if (kind === 'cleanup') {
        for (let i = 0; i < 3; i++) await api.createBackup({ wait: true });
      } else if (n === 0 && kind === 'backup')
        lastsMs = await measured(() => api.createBackup({ wait: true }));
      const delayMs = Math.random() * lastsMs * (kind === 'cleanup' ? 0.5 : 1.2);
      if (await killedAfter(db.connectionString, kind, base.id, delayMs)) killedUnderWay++;

      // The server notices a killed client when its statement ends.
      const deadline = Date.now() + 60_000;
      for (;;) {
        const status = await api.status();
        assert.ok(status.initialized);
        if (status.running === null) break;
        assert.ok(Date.now() < deadline, `after ${delayMs} ms: a run is stuck`);
        await pause(100);
      }
      const now = await contents(db.client);
      assert.ok(kind === 'restore' ? [original, changed].includes(now) : now === changed, 'all or nothing');
      const next = await api.createBackup({ wait: true });
      assert.equal(next.status, 'completed');
      const { rows } = await db.client.query(
        `select count(*)::int as n from pg_locks l join pg_stat_activity a using (pid)
          where a.datname = current_database() and a.application_name like 'holdfast%' and l.locktype = 'relation'
            and a.state = 'idle in transaction'`,
      );
      assert.equal(rows[0].n, 0);
    }
    t.diagnostic(`${killedUnderWay} of ${kills} were killed under way`);
    await api.cleanUp({ wait: true });
    const { rows: orphans } = await db.client.query(`
      select count(*)::int as n from system_backup_chunks c where not exists (
        select from system_backups b,
          jsonb_path_query(b.backup_data, '$.tables[*].ranges[*].chunks[*].id') chunk
         where chunk #>> '{}' = encode(c.id, 'hex'))`);
    assert.equal(orphans[0].n, 0, 'a clean-up leaves no chunk that nobody needs');
    // The oldest and the newest both come back whole.
    const newest = (await api.listBackups({ status: 'completed', limit: 1 })).backups[0]!;
    const before = await contents(db.client);
    await api.restore({ backupId: newest.id, safetyBackup: false, wait: true });
    assert.equal(await contents(db.client), before);
    await api.restore({ backupId: base.id, safetyBackup: false, wait: true });
    assert.equal(await contents(db.client), original);
  });
}
