import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chunksOf } from '../runs/manifests.ts';
import { testDatabase } from '../support/database.ts';
import { holdfast } from './holdfast.ts';

test('what is damaged is said by every command that shows backups, until a new one has stored it again', async (t) => {
  const db = await testDatabase(t);
  const { client, connectionString: url } = db;
  await client.query(
    `create table orders as select n as id, 'note ' || n as note from generate_series(1, 100) n`,
  );
  const run = (...args: string[]): ReturnType<typeof holdfast> => holdfast(args, { url });
  await run('init');
  await run('backup');
  await client.query(
    `update system_backup_chunks set data = data || '{"data": ""}' where encode(id, 'hex') = any($1)`,
    [await chunksOf({ db }, 1, 'orders')],
  );
  const verified = await run('verify', '1');
  assert.equal(verified.code, 7);
  assert.match(verified.stderr, /Take a new backup/);

  assert.match((await run('list')).stdout, /^ *1 +damaged /m);
  const shown = (await run('show', '1')).stdout;
  assert.match(shown, /damaged +1 chunk is missing or damaged in backup 1; it cannot restore public\.orders/);
  assert.match(shown, /Take a new backup: it stores again/);
  assert.match(
    (await run('status')).stdout,
    /damaged: Not protected: backup 1 cannot restore public\.orders/,
  );
  const doctor = await run('doctor');
  assert.equal(doctor.code, 7);
  assert.match(doctor.stdout, /✗ stored data: Not protected: backup 1 cannot restore public\.orders/);
  const refused = await run('restore', '1', '--yes');
  assert.equal(refused.code, 7, refused.stderr);
  assert.match(refused.stderr, /cannot restore public\.orders/);

  assert.equal((await run('backup')).code, 0);
  assert.doesNotMatch((await run('list')).stdout, /damaged/);
  assert.match((await run('doctor')).stdout, /✓ stored data: no backup is known to be damaged/);
  assert.equal((await run('verify', '1')).code, 0);
});
