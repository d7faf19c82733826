import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { testSystem } from '../api/system.ts';
import {
  addOrphans,
  assertNothingLeft,
  beginElsewhere,
  chunkSizes,
  contents,
  kills,
  measured,
  notesOf,
  nothingRuns,
  resumption,
  somethingStored,
  type Resumption,
} from './interruptions.ts';
import { byTurns } from '../support/servers.ts';

for (const kind of byTurns(['backup', 'restore', 'new database', 'cleanup'] as const)) {
  test(`${kind} killed at any moment: nothing is stuck, half done or left behind`, async (t) => {
    const { api, db } = await testSystem(t, { sql: notesOf(kind === 'backup' ? 200_000 : 60_000) });
    await api.updateSchedule({ maxBackups: 2, retentionDays: null, failedDays: 1 });
    const base = await api.createBackup({ wait: true });
    await api.pinBackup(base.id);
    const original = await contents(db.client);
    let killedUnderWay = 0;
    let lastsMs = 700;
    const somethingToCleanUp = async (): Promise<void> => {
      for (let i = 0; i < 3; i++) await api.createBackup({ wait: true });
      await addOrphans(db.client);
    };
    const resumed: Resumption = { stored: 0, again: 0 };
    // One that had ended before it was killed does not count.
    for (let n = 0; killedUnderWay < kills; n++) {
      assert.ok(n < 5 * kills, 'they end before they are killed');
      // Something new to store, something to restore over, something to delete.
      await db.client.query('update notes set changed = changed + 1 where id % 3 = $1', [n % 3]);
      const changed = await contents(db.client);
      if (kind === 'cleanup') {
        await somethingToCleanUp();
        if (n === 0) {
          lastsMs = await measured(() => api.cleanUp({ wait: true }));
          await somethingToCleanUp();
        }
      } else if (n === 0 && kind === 'backup') {
        lastsMs = await measured(() => api.createBackup({ wait: true }));
        await db.client.query('update notes set changed = changed + 1');
      }
      const now = kind === 'backup' ? await contents(db.client) : changed;
      const before = await chunkSizes(db.client);
      const newDatabase = db.freeName();
      const work = { kind, backupId: base.id, ...(kind === 'new database' ? { newDatabase } : {}) };
      const victim = await beginElsewhere(db.connectionString, work);
      // Every second one only when there is something that the next one can go on from.
      if (kind === 'backup' && n % 2 === 1) await somethingStored(db.client, before);
      await pause(Math.random() * lastsMs * 1.2);
      victim.child.kill('SIGKILL');
      const done = await victim.ended;
      if (done) lastsMs *= 0.9;
      else killedUnderWay++;

      await nothingRuns({ api });
      const after = await contents(db.client);
      assert.ok(kind === 'restore' ? [original, now].includes(after) : after === now, 'all or nothing');
      const cut = await chunkSizes(db.client);
      // A cleanup in between must not take what the next backup can use.
      if (n % 2 === 1) await api.cleanUp({ wait: true });
      const found = await chunkSizes(db.client);
      const next = await api.createBackup({ wait: true });
      assert.equal(next.status, 'completed');
      if (kind === 'backup' && !done) {
        const one = await resumption(db.client, before, cut, found, next.id);
        resumed.stored += one.stored;
        resumed.again += one.again;
      }
      if (kind === 'new database') {
        const { rows } = await db.client.query('select from pg_database where datname = $1', [newDatabase]);
        if (rows.length > 0) {
          const { client } = await db.adopt(newDatabase);
          assert.equal(await contents(client), original, 'under its name it is whole');
        }
      }
    }
    t.diagnostic(`${killedUnderWay} were killed under way`);
    if (kind === 'backup') {
      const share = ((100 * resumed.again) / Math.max(1, resumed.stored)).toFixed(1);
      t.diagnostic(
        `of ${resumed.stored} bytes stored by the killed runs ${resumed.again} were stored again: ${share} %`,
      );
      assert.ok(resumed.stored === 0 || resumed.again < resumed.stored / 10);
    }
    await api.cleanUp({ wait: true });
    await assertNothingLeft(db.client);
    // The oldest and the newest both come back whole.
    const newest = (await api.listBackups({ status: 'completed', limit: 1 })).backups[0]!;
    const before = await contents(db.client);
    await api.restore({ backupId: newest.id, safetyBackup: false, wait: true });
    assert.equal(await contents(db.client), before);
    await api.restore({ backupId: base.id, safetyBackup: false, wait: true });
    assert.equal(await contents(db.client), original);
  });
}
