import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openCatalog } from '../../src/catalog/catalog.ts';
import { openPool } from '../../src/postgres/pool.ts';
import { testSystem } from '../api/system.ts';

test('a piece counts once: for the helper that has the latest claim, while the run goes on', async (t) => {
  const { db } = await testSystem(t);
  const pool = openPool(db.target, { max: 3, applicationName: 'holdfast test' });
  t.after(() => pool.close());
  const { jointRuns } = openCatalog(pool, 'public');
  await db.client.query(
    `insert into system_backups (uuid, type, trigger, tables, store, status, started_at, heartbeat_at, fence, first_epoch)
     values (gen_random_uuid(), 'full', 'manual', '{}', 'database', 'running', now(), now(), 5, 0)`,
  );
  const { rows } = await db.client.query('select id::int from system_backups');
  const run = { id: rows[0].id as number, fence: 5 };
  const lead = jointRuns.lead('backup', run, 3, () => {});
  const letter = Buffer.from('a letter');
  await lead.offer(letter);
  const [offered] = await jointRuns.open();
  assert.deepEqual(
    { ...offered, terms: String(offered!.terms) },
    { kind: 'backup', ...run, terms: 'a letter' },
  );
  const machine = { host: 'one', connections: 2 };
  const first = (await jointRuns.join(offered!, machine))!;
  const second = (await jointRuns.join(offered!, { ...machine, host: 'two' }))!;
  assert.equal(await jointRuns.join(offered!, machine), undefined, 'three machines with the lead');
  assert.deepEqual(await jointRuns.open(), []);

  await lead.put([1, 2, 3].map((piece) => ({ piece, content: letter })));
  await lead.put([{ piece: 3, content: letter }]);
  const mine = (await first.claim())!;
  const its = (await second.claim())!;
  assert.deepEqual([mine.piece, its.piece], [1, 2]);
  assert.equal(await lead.takeBack(), 3);
  assert.equal(await second.claim(), undefined);
  assert.equal(await second.report(its, { result: letter }), true);
  assert.equal(await second.report(its, { result: letter }), false, 'twice');

  // The first is not heard of; what it had is the second's, and it wakes.
  await db.client.query(
    `update system_run_helpers set seen_at = now() - interval '1 minute' where host = 'one'`,
  );
  const state = await lead.look();
  assert.deepEqual(
    [
      state.ended.map(({ piece }) => piece),
      state.open,
      state.helpers.map(({ host }) => host),
      state.left.length,
    ],
    [[2], [1], ['two'], 1],
  );
  const again = (await second.claim())!;
  assert.deepEqual([again.piece, again.claim], [1, 2]);
  assert.equal(await first.beat(), false);
  assert.equal(await first.claim(), undefined);
  assert.equal(await first.report(mine, { result: letter }), false, 'the claim of one that was struck out');
  assert.equal(await second.report(again, { refused: 'it cannot be read' }), true);
  assert.deepEqual((await lead.look()).ended, [{ piece: 1, result: null, refused: 'it cannot be read' }]);

  // Once two helpers that had a piece were lost, it is the lead's.
  await lead.put([{ piece: 4, content: letter }]);
  for (let lost = 1; lost <= 2; lost++) {
    const helper = (await jointRuns.join(offered!, machine))!;
    assert.equal((await helper.claim())?.piece, 4);
    await helper.leave('it was stopped');
    const { ended, left } = await lead.look();
    assert.deepEqual(left, [{ host: 'one', because: 'it was stopped' }]);
    assert.deepEqual(ended, lost === 2 ? [{ piece: 4, result: null, refused: null }] : []);
  }

  // A run that goes on under another fence is another run.
  await lead.put([{ piece: 5, content: letter }]);
  await db.client.query('update system_backups set fence = 6');
  assert.equal(await second.beat(), false);
  assert.deepEqual(await jointRuns.open(), []);
  await jointRuns.forgetEnded();
  assert.deepEqual((await lead.look()).open, []);
});
