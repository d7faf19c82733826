import assert from 'node:assert/strict';
import { test } from 'node:test';
import { smallShop, testSystem } from '../api/system.ts';
import { holdfast } from './holdfast.ts';

test('what has become of rows, on the command line', async (t) => {
  const { api, db } = await testSystem(t, { sql: smallShop });
  const { id } = await api.createBackup({ wait: true });
  const url = db.connectionString;
  const same = await holdfast(['diff', String(id), 'orders'], { url });
  assert.equal(same.code, 0, same.stderr);
  assert.match(same.stdout, /^No row differs\.\n500 rows are the same\n$/);
  await db.client.query(`delete from orders where id = 7; update customers set name = 'other' where id = 3`);
  const gone = await holdfast(['diff', String(id), 'orders'], { url });
  assert.match(gone.stdout, /^1 only in backup 1, 0 changed, 0 only in the database, 499 the same\.\n/);
  assert.match(gone.stdout, /\nOnly in backup 1\nid .*\n7 /);
  const changed = await holdfast(['diff', String(id), 'customers'], { url });
  assert.match(changed.stdout, /\nid 3: name customer 3 → other\n/);
  const json = await holdfast(['diff', String(id), 'customers', '--json'], { url });
  assert.equal(json.json<{ changed: number }>().changed, 1);
  const wrong = await holdfast(['diff', String(id), 'orders', '--by', 'customer_id'], { url });
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /More than one row of backup 1 has the same customer_id/);

  await api.createBackup({ wait: true });
  const history = await holdfast(['history', 'orders', '--key', '7'], { url });
  assert.equal(history.code, 0, history.stderr);
  assert.match(
    history.stdout,
    /^Backup 1, .*: it is there\n  id 7\n[^]*\nBackup 2, .*: it is gone\n2 backups looked into/,
  );
  const other = await holdfast(['history', 'customers', '--key', '3'], { url });
  assert.match(other.stdout, /\nBackup 2, .*: name changed\n  name customer 3 → other\n/);
});
