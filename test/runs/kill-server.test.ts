import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { createBackupSystem, silentLogger } from '../../src/index.ts';
import { token } from '../api/system.ts';
import { byTurns, privateServer } from '../support/servers.ts';
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

/** A restart takes seconds, so there are fewer. */
const restarts = Math.ceil(kills / 3);

for (const kind of byTurns(['backup', 'restore', 'new database', 'cleanup'] as const)) {
  test(`the server crashes during a ${kind} and comes back: nothing is stuck, half done or left`, async (t) => {
    // What is committed without waiting for the disk may be lost by a crash, so it must be a real one.
    const server = await privateServer(t, { settings: { fsync: 'on', full_page_writes: 'on' } });
    const url = server.server.connectionString('postgres');
    const system = createBackupSystem({ database: url, auth: { token }, logger: silentLogger });
    t.after(() => system.stop());
    const { api } = system;
    let client = await server.client();
    await client.query(notesOf(kind === 'backup' ? 200_000 : 60_000));
    await api.init();
    await api.updateSchedule({ maxBackups: 2, retentionDays: null, failedDays: 1 });
    const base = await api.createBackup({ wait: true });
    await api.pinBackup(base.id);
    const original = await contents(client);
    let lastsMs = 700;
    const resumed: Resumption = { stored: 0, again: 0 };
    let underWay = 0;
    // One that had ended before the crash does not count.
    for (let n = 0; underWay < restarts; n++) {
      assert.ok(n < 5 * restarts, 'they end before the server crashes');
      await client.query('update notes set changed = changed + 1');
      if (n === 0 && kind === 'backup') {
        lastsMs = await measured(() => api.createBackup({ wait: true }));
        await client.query('update notes set changed = changed + 1');
      }
      if (kind === 'cleanup') {
        await addOrphans(client);
        if (n === 0) lastsMs = await measured(() => api.cleanUp({ wait: true }));
        for (let i = 0; i < 3; i++) await api.createBackup({ wait: true });
        await addOrphans(client);
      }
      const now = await contents(client);
      const before = await chunkSizes(client);
      const work = {
        kind,
        backupId: base.id,
        ...(kind === 'new database' ? { newDatabase: `copy${n}` } : {}),
      };
      const victim = await beginElsewhere(url, work);
      if (kind === 'backup') await somethingStored(client, before);
      await pause((Math.random() * lastsMs) / 2);
      await server.restart('immediate');
      // Its process is alive, and has to find out by itself.
      const done = await victim.ended;
      if (done) lastsMs *= 0.7;
      else underWay++;
      client = await server.client();
      await nothingRuns({ api });
      const after = await contents(client);
      assert.ok(kind === 'restore' ? [original, now].includes(after) : after === now, 'all or nothing');
      const cut = await chunkSizes(client);
      const next = await api.createBackup({ wait: true });
      assert.equal(next.status, 'completed');
      if (kind !== 'backup' || done) continue;
      const one = await resumption(client, before, cut, cut, next.id);
      resumed.stored += one.stored;
      resumed.again += one.again;
    }
    t.diagnostic(`${underWay} were under way`);
    if (kind === 'backup') {
      t.diagnostic(
        `of ${resumed.stored} bytes that runs had stored before the crash ${resumed.again} were stored again`,
      );
      assert.ok(resumed.stored === 0 || resumed.again < resumed.stored / 10);
    }
    await api.cleanUp({ wait: true });
    await assertNothingLeft(client);
    await api.restore({ backupId: base.id, safetyBackup: false, wait: true });
    assert.equal(await contents(client), original);
  });
}
