import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { describeStatus } from '../../src/cli/describe/status.ts';
import { filesIn, temporaryStore } from '../runs/store-folders.ts';
import { smallShop, testSystem, type TestSystem } from './system.ts';

async function statusOf({ api }: Pick<TestSystem, 'api'>) {
  const status = await api.status();
  assert.ok(status.initialized);
  return status;
}

test('the status has what metrics need: proofs by level, the last drill, findings, scrubs, what was stored', async (t) => {
  const directory = await temporaryStore(t);
  const system = await testSystem(t, {
    sql: `${smallShop} create table articles as select n as id from generate_series(1, 2000) n`,
    stores: { here: `file://${directory}` },
    store: 'here',
  });
  const { api, db } = system;
  const nothing = await statusOf(system);
  assert.deepEqual(
    [nothing.proofs, nothing.lastDrill, nothing.findings, nothing.scrubs],
    [{ presence: null, checksum: null, content: null, drill: null }, null, { open: 0, since: null }, []],
  );
  const text = describeStatus(nothing, null);
  assert.match(text, /proofs +none\n/);
  assert.match(text, /last drill +none yet\n/);
  assert.match(text, /findings +none open\n/);

  const { id } = await api.createBackup({ wait: true });
  await api.verifyBackup(id, { level: 'presence', wait: true });
  // A share proves nothing of the rest.
  await api.verifyBackup(id, { level: 'checksum', share: 0.5, wait: true });
  await api.verifyBackup(id, { level: 'content', wait: true });
  const drill = await api.drillBackup(id, { wait: true });
  await api.scrubStore('here', { wait: true });
  const proved = await statusOf(system);
  assert.equal(proved.proofs.checksum, null);
  for (const level of ['presence', 'content', 'drill'] as const) {
    assert.equal(proved.proofs[level]?.backupId, id, level);
  }
  assert.equal(proved.proofs.drill?.at, drill.finishedAt);
  const { lastDrill, scrubs, lastCompleted } = proved;
  assert.deepEqual([lastDrill?.id, lastDrill?.verdict, lastDrill?.backupId], [drill.id, 'passed', id]);
  assert.equal(lastDrill?.restoreMs, drill.restoreMs);
  assert.ok(lastDrill.ageSeconds >= 0 && lastDrill.ageSeconds < 3_600);
  const [scrub] = scrubs;
  assert.deepEqual(
    [scrubs.length, scrub?.store, scrub?.status, scrub?.share, scrub?.missing, scrub?.damaged, scrub?.done],
    [1, 'here', 'completed', 1, 0, 0, null],
  );
  assert.ok(lastCompleted?.reuse && lastCompleted.newBytes);
  assert.match(describeStatus(proved, null), /last drill +passed .*backup 1, back in /);
  assert.match(describeStatus(proved, null), /scrub of here +read .*: nothing missing or damaged/);
  assert.match(describeStatus(proved, null), /stored for it +.* new; .* read\n/);

  await db.client.query('delete from articles where id > 20');
  await api.createBackup({ wait: true });
  const open = await statusOf(system);
  assert.equal(open.findings.open, 1);
  assert.ok(Date.parse(open.findings.since!) <= Date.now() + 60_000);
  assert.match(describeStatus(open, null), /findings +1 finding open, of /);

  const chunks = (await filesIn(directory)).filter((file) => /^(chunks|packs)\//.test(file));
  for (const file of chunks) await fs.truncate(path.join(directory, file), 10);
  await api.scrubStore('here', { wait: true });
  const damaged = await statusOf(system);
  assert.ok((damaged.scrubs[0]?.missing ?? 0) + (damaged.scrubs[0]?.damaged ?? 0) > 0);
  // A proof of what is known to be damaged is none any more.
  assert.equal(damaged.proofs.content, null);
  assert.match(describeStatus(damaged, null), /scrub of here +read .*: \d+ chunks? missing or damaged/);
});
