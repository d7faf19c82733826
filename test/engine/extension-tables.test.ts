import assert from 'node:assert/strict';
import { test } from 'node:test';
import type pg from 'pg';
import { rowDigest } from '../../src/engine/read/row-digest.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { testDatabase } from '../support/database.ts';
import { psqlOrSkip } from '../support/psql.ts';
import { majorsInTurn } from '../support/servers.ts';
import { fails } from './outcomes.ts';
import { planRestore, restoreRequest, runRestore, takeBackup } from './runs.ts';
import { psql, script } from './script.ts';

/** Configuration tables of extensions: with triggers of their own, in pg_catalog, needed by others while these are filled. */

const guarded = `
  create extension holdfast_guarded;
  insert into guarded.word values (1, 'a'), (2, 'b');
  insert into pg_catalog.holdfast_guarded_rule (word) values (1), (2);
  create function said(i int) returns text language sql immutable as $$ select guarded.named(i) $$;
  create table a_user (id int primary key, name text generated always as (said(id)) stored);
  insert into a_user values (1), (2)`;

async function state(client: pg.Client): Promise<unknown> {
  const answers = [];
  for (const sql of [
    'select * from guarded.word order by 1',
    'select * from pg_catalog.holdfast_guarded_rule order by 1',
    'select last_value from pg_catalog.holdfast_guarded_rule_id_seq',
    'select id, name from a_user order by 1',
    `select tgname, tgenabled from pg_trigger where tgrelid = 'guarded.word'::regclass and not tgisinternal order by 1`,
    `select conname, convalidated from pg_constraint where conrelid = 'pg_catalog.holdfast_guarded_rule'::regclass
      and contype = 'f'`,
  ]) {
    answers.push((await client.query(sql)).rows);
  }
  return answers;
}

for (const major of majorsInTurn(2)) {
  test(`configuration of an extension comes back as it was stored, on ${major}`, psqlOrSkip, async (t) => {
    const db = await testDatabase(t, { major });
    await db.client.query(guarded);
    const before = await state(db.client);
    assert.match(JSON.stringify(before), /"a!!".*"b!!"/);
    const store = memoryStore();
    const manifest = await takeBackup(db.target, store);

    const name = db.freeName();
    await runRestore(db.target, store, manifest, { target: { mode: 'new-database', database: name } });
    assert.deepEqual(await state((await db.adopt(name)).client), before);

    const empty = await db.createDatabase();
    await psql(empty.connectionString, script(store, manifest, 'sql'));
    assert.deepEqual(await state(empty.client), before);

    await db.client.query(
      'delete from pg_catalog.holdfast_guarded_rule; delete from guarded.word; truncate a_user',
    );
    await runRestore(db.target, store, manifest, { target: { mode: 'in-place' } });
    assert.deepEqual(await state(db.client), before);
  });

  test(`an extension is left out by name, with what hangs on it, on ${major}`, async (t) => {
    const db = await testDatabase(t, { major });
    await db.client.query(`${guarded}; create extension holdfast_sink;
      create function kept() returns int language sql as 'select 1'; create table other (id int primary key);
      create view on_words as select * from guarded.word; create table typed (w guarded.word);
      grant select on guarded.word to public; comment on extension holdfast_guarded is 'ours';
      insert into other values (7); insert into typed values (row(3, 'c'))`);
    const store = memoryStore();
    const manifest = await takeBackup(db.target, store);
    const name = db.freeName();
    const request = {
      target: { mode: 'new-database', database: name },
      withoutExtensions: ['holdfast_guarded'],
    } as const;
    const plan = await planRestore(
      db.target,
      manifest,
      restoreRequest({ ...request, withoutExtensions: ['holdfast_guarded'] }),
    );
    const named = JSON.stringify(plan.leftOut);
    for (const object of ['EXTENSION holdfast_guarded', 'VIEW public.on_words', 'TABLE public.typed']) {
      assert.ok(named.includes(object), `${object} in ${named}`);
    }
    assert.deepEqual(plan.tables.map(({ table }) => table).toSorted(), [
      'public.a_user',
      'public.other',
      'sink_extension.note',
      'sink_extension.setting',
    ]);
    // Its function is called by text alone, so nothing knows that this hangs on the extension.
    const error = await fails(
      runRestore(db.target, store, manifest, { ...request, withoutExtensions: ['holdfast_guarded'] }),
      'SEARCH_PATH_NEEDED',
      /public\.a_user: function guarded\.named/,
    );
    assert.match(String(error.details?.['where']), /said/);
    await fails(
      runRestore(db.target, store, manifest, { ...request, withoutExtensions: ['nothing'] }),
      'INVALID_REQUEST',
      /no extension named nothing; it has holdfast_guarded, holdfast_sink/,
    );
    await db.client.query('drop table a_user');
    const second = await takeBackup(db.target, store);
    const report = await runRestore(db.target, store, second, {
      ...request,
      withoutExtensions: ['holdfast_guarded'],
    });
    const { client } = await db.adopt(name);
    const { rows } = await client.query(`select extname from pg_extension where extname like 'holdfast%'`);
    assert.deepEqual(rows, [{ extname: 'holdfast_sink' }]);
    assert.deepEqual((await client.query('select kept(), id from other')).rows, [{ kept: 1, id: 7 }]);
    assert.ok(
      JSON.stringify(report.leftOut).includes('ACL guarded.TABLE word'),
      JSON.stringify(report.leftOut),
    );
  });
}

test('a digest of rows does not depend on their order or on where the bytes are cut', () => {
  const text = Buffer.from('a\t1\nb\\n\t2\n\nc\t\\N\n');
  const digest = (rows: Buffer, size: number): string => {
    const made = rowDigest();
    for (let at = 0; at < rows.length; at += size) made.add(rows.subarray(at, at + size));
    return made.value();
  };
  const value = digest(text, text.length);
  for (let size = 1; size < text.length; size++) assert.equal(digest(text, size), value);
  assert.equal(digest(Buffer.from('c\t\\N\n\nb\\n\t2\na\t1\n'), 4), value);
  for (const other of [
    'a\t1\nb\\n\t2\n\nc\t\\N\nc\t\\N\n',
    'a\t1\nb\\n\t2\nc\t\\N\n',
    'a\t2\nb\\n\t1\n\nc\t\\N\n',
  ]) {
    assert.notEqual(digest(Buffer.from(other), 4), value);
  }
});
