import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testDatabase } from '../support/database.ts';
import { holdfast } from './holdfast.ts';

test('damage is said by the backup that finds it, and settled from the command line', async (t) => {
  const { client, connectionString: url } = await testDatabase(t);
  await client.query(`
    create table orders as select n as id, 'order ' || n as what from generate_series(1, 3000) n;
    create table parts as select n as id, 'part ' || n as what from generate_series(1, 3000) n;`);
  const run = (...args: string[]) => holdfast(args, { url });
  assert.equal((await run('init')).code, 0);
  assert.equal((await run('backup')).code, 0);
  assert.match((await run('findings')).stdout, /Nothing looks like damage/);

  const announced = await run('announce', 'parts go', '--tables', 'parts', '--until', '2h', '--json');
  assert.equal(announced.code, 0, announced.stderr);
  await client.query('truncate orders; truncate parts');
  const second = await run('backup');
  assert.equal(second.code, 0, 'the backup itself is good');
  assert.match(second.stdout, /public\.orders lost all 3,000 rows \(100 %\)/);
  assert.match(second.stdout, /restore 1 --tables public\.orders/);

  const list = await run('findings');
  assert.match(list.stdout, /Finding \d+, open/);
  assert.match(list.stdout, /Cleanup of backups from .* has been stopped/);
  assert.doesNotMatch(list.stdout, /parts/);
  const all = await run('findings', '--all', '--json');
  const { findings } = all.json<{ findings: { id: number; state: string; explanation: string | null }[] }>();
  assert.deepEqual(findings.map(({ state }) => state).toSorted(), ['explained', 'open']);
  const explained = findings.find(({ state }) => state === 'explained')!;
  assert.match((await run('findings', String(explained.id))).stdout, /announcement 1: parts go/);
  assert.match((await run('status')).stdout, /Data looks damaged/);

  const refused = await run('delete', '1', '--yes');
  assert.equal(refused.code, 4);
  assert.match(refused.stderr, /BACKUP_HELD|is kept/);
  const { id } = findings.find(({ state }) => state === 'open')!;
  const wrong = await run('findings', 'accept', String(id), '--tables', 'nothing');
  assert.equal(wrong.code, 2);
  const accepted = await run('findings', 'accept', String(id), '--note', 'a new season');
  assert.equal(accepted.code, 0, accepted.stderr);
  assert.match(accepted.stdout, /settled/);
  assert.equal((await run('delete', '1', '--yes')).code, 0);

  assert.match((await run('announce')).stdout, /parts go/);
  assert.equal((await run('announce', '--end', '1')).code, 0);
  assert.match((await run('announce')).stdout, /Nothing is announced/);
  assert.equal((await run('announce', 'too late', '--until', '2020-01-01')).code, 2);
  assert.equal((await run('findings', '99')).code, 3);
});

test('a backup that a finding keeps is deleted by one who says so', async (t) => {
  const { client, connectionString: url } = await testDatabase(t);
  await client.query(
    `create table orders as select n as id, 'order ' || n as what from generate_series(1, 3000) n`,
  );
  const run = (...args: string[]) => holdfast(args, { url });
  await run('init');
  await run('backup');
  await client.query('drop table orders');
  assert.match((await run('backup')).stdout, /public\.orders is gone; it had 3,000 rows/);
  assert.equal((await run('delete', '1', '--yes')).code, 4);
  assert.equal((await run('delete', '1', '--yes', '--despite-finding')).code, 0);
  assert.doesNotMatch((await run('findings')).stdout, /Restore what was damaged/);
});
