import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { asking } from './asking.ts';

/* Whoever asks, or wrote the backup, wants to change something, to get more rights, or to reach something outside. */

const hostile = (folder: string): string => `
  create table secrets (id int primary key, word text); insert into secrets values (1, 'a'), (2, 'b');
  create extension dblink; create sequence counter;
  create function run(statement text) returns text language plpgsql as $$
    declare found text;
    begin execute statement into found; return found; end $$;
  create function run_as_owner(statement text) returns text language plpgsql security definer as $$
    declare found text;
    begin execute statement into found; return found; end $$;
  create function forever() returns int language plpgsql as $$
    begin
      loop
        begin perform pg_sleep(1000); exception when query_canceled then null; end;
      end loop;
    end $$;
  create function "=" (int, text) returns bool language plpgsql as $$ begin perform public.run('create role pwned'); return true; end $$;
  create function planted() returns int language plpgsql immutable as $$
    declare attempt text;
    begin
      if current_database() not like 'holdfast\\_query\\_%' then return 1; end if;
      foreach attempt in array array[
        'create role pwned superuser', 'copy (select 1) to program ''touch ${folder}/planted''', 'create table public.planted (i int)'] loop
        begin
          execute attempt;
          raise exception using errcode = 'XX999', message = 'it worked: ' || attempt;
        exception when sqlstate 'XX999' then raise; when others then null;
        end;
      end loop;
      return 1;
    end $$;
  create view evil as select planted() as i from secrets;
  create table mapped (i int default planted(), check (i = planted()));
  insert into mapped values (1);`;

/** Each is refused, with these words. */
const attempts = (folder: string): [name: string, sql: string, message: RegExp][] => [
  ['insert', `insert into secrets values (3, 'c')`, /syntax error/],
  ['delete', `delete from secrets`, /syntax error/],
  [
    'a change in a common table expression',
    `with gone as (delete from secrets returning *) select * from gone`,
    /must not contain data-modifying|permission denied/,
  ],
  ['a table from a select', `select * into copied from secrets`, /INTO|syntax error/],
  ['drop', `drop table secrets`, /syntax error/],
  ['two statements', `select 1; select 2`, /multiple commands/],
  ['the end of the transaction', `select 1; commit; create table t (i int)`, /multiple commands/],
  ['the end of the cursor', `select 1) to stdout`, /syntax error/],
  ['a program', `copy (select 1) to program 'touch ${folder}/program'`, /syntax error/],
  [
    'a program in a function',
    `select run($$copy (select 1) to program 'touch ${folder}/program'$$)`,
    /permission denied/,
  ],
  [
    'a program as the owner',
    `select run_as_owner($$copy (select 1) to program 'touch ${folder}/program'$$)`,
    /permission denied/,
  ],
  ['a file of the server', `select pg_read_file('/etc/passwd')`, /permission denied/],
  ['a file as the owner', `select run_as_owner($$select pg_read_file('/etc/passwd')$$)`, /permission denied/],
  ['a folder of the server', `select pg_ls_dir('/')`, /permission denied/],
  ['a file by COPY', `select run($$copy secrets from '/etc/passwd'$$)`, /read-only|permission denied/],
  ['a large object', `select lo_from_bytea(0, 'x')`, /permission denied/],
  ['a large object of a file', `select lo_import('/etc/passwd')`, /permission denied/],
  ['a large object into a file', `select lo_export(1, '${folder}/object')`, /permission denied/],
  [
    'a large object as the owner',
    `select run_as_owner('select lo_create(7)')`,
    /permission denied|read-only/,
  ],
  ['another database', `select * from dblink('dbname=postgres', 'select 1') as t(i int)`, /does not exist/],
  ['an extension', `select run_as_owner('create extension dblink')`, /read-only/],
  ['a role', `select run('create role pwned')`, /read-only|permission denied/],
  [
    'a role as the owner',
    `select run_as_owner('create role pwned superuser')`,
    /read-only|permission denied/,
  ],
  ['its own rights', `select run('alter role current_user superuser')`, /read-only|permission denied/],
  ['to be the superuser', `select run('set role postgres')`, /permission denied|does not exist/],
  [
    'to be another one',
    `select run('set session authorization postgres')`,
    /permission denied|does not exist/,
  ],
  [
    'to be the superuser as the owner',
    `select run_as_owner('set role postgres')`,
    /cannot set parameter|permission denied|does not exist/,
  ],
  [
    'to write after all',
    `select run('set transaction read write')`,
    /must be set before any query|read-write/,
  ],
  ['a table in a function', `select run('create table planted (i int)')`, /read-only/],
  ['a table as the owner', `select run_as_owner('create table public.planted (i int)')`, /read-only/],
  [
    'a row as the owner',
    `select run_as_owner($$insert into public.secrets values (9, 'x') returning word$$)`,
    /read-only/,
  ],
  ['a temporary table', `select run('create temp table t (i int)')`, /read-only|permission denied/],
  ['a number of a sequence', `select nextval('counter')`, /permission denied|read-only/],
  [
    'a number of a sequence as the owner',
    `select run_as_owner($$select nextval('public.counter')$$)`,
    /read-only/,
  ],
  ['a lock that stays', `select pg_advisory_lock(1)`, /permission denied/],
  ['a message to others', `select pg_notify('a', 'b')`, /permission denied/],
  ['the log of the server', `select pg_logical_emit_message(false, 'a', 'b')`, /permission denied/],
  ['a lock on a row', `select * from secrets for update`, /read-only|permission denied/],
  [
    'a setting of the server',
    `select run('alter system set archive_command = ''x''')`,
    /cannot run inside|permission denied|read-only|cannot be executed from a function/,
  ],
  [
    'a setting for a superuser',
    `select set_config('session_replication_role', 'replica', false)`,
    /permission denied/,
  ],
  [
    'the end of another connection',
    `select pg_terminate_backend(pid) from pg_stat_activity where usename <> current_user and usename is not null`,
    /permission denied|Only roles/,
  ],
  ['passwords', `select * from pg_authid`, /permission denied/],
  ['a language', `select run($$do language plpython3u 'pass'$$)`, /does not exist/],
];

test('whatever is tried is refused in words, and the next question is answered', async (t) => {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'holdfast-attack-'));
  await fs.chmod(folder, 0o777);
  t.after(() => fs.rm(folder, { recursive: true, force: true }));
  const { rows, refusal } = await asking(t, hostile(folder));
  for (const [name, sql, message] of attempts(folder)) {
    await t.test(name, async () => {
      const failure = await refusal(sql);
      assert.equal(failure.code, 'QUERY_FAILED', failure.message);
      assert.match(failure.message, message);
    });
  }
  await t.test('nothing of it has happened', async () => {
    assert.deepEqual(await rows('select id, word from secrets order by id'), [
      ['1', 'a'],
      ['2', 'b'],
    ]);
    assert.deepEqual(await rows(`select count(*) from pg_roles where rolname = 'pwned'`), [['0']]);
    assert.deepEqual(await rows(`select count(*) from pg_class where relname = 'planted'`), [['0']]);
    assert.deepEqual(await rows(`select count(*) from pg_locks where locktype = 'advisory'`), [['0']]);
    assert.deepEqual(await rows(`select count(*) from pg_largeobject_metadata`), [['0']]);
    assert.deepEqual(await fs.readdir(folder), []);
  });
  await t.test('code of the backup that runs by itself gets nowhere', async () => {
    assert.deepEqual(await rows('select * from evil'), [['1'], ['1']]);
    assert.deepEqual(await rows('select * from mapped'), [['1']]);
    // The planner calls it, when the statement is declared and when it is explained.
    assert.deepEqual(await rows('select word from secrets where id = planted()'), [['a']]);
    assert.deepEqual(await rows('select i from evil where i = planted() and 1 = planted()'), [['1'], ['1']]);
    assert.deepEqual(await rows(`select count(*) from pg_roles where rolname = 'pwned'`), [['0']]);
    assert.deepEqual(await fs.readdir(folder), []);
  });
  await t.test('who asks is a role without rights, and no member of any', async () => {
    const who = await rows(
      `select session_user = current_user, rolsuper or rolcreatedb or rolcreaterole or rolreplication or rolbypassrls,
        (select count(*) from pg_auth_members m where m.member = r.oid) from pg_roles r where rolname = current_user`,
    );
    assert.deepEqual(who, [['t', 'f', '0']]);
    const reset = `select run($$select set_config('role', 'none', false)$$), run('select current_user') = session_user`;
    assert.deepEqual(await rows(reset), [['none', 't']]);
  });
  await t.test('what takes too long is ended, even if it catches that', async () => {
    assert.equal((await refusal('select pg_sleep(100)', { timeoutMs: 500 })).code, 'QUERY_TIMEOUT');
    assert.equal((await refusal('select forever()', { timeoutMs: 500 })).code, 'QUERY_TIMEOUT');
    assert.deepEqual(
      await rows(
        `select count(*) from pg_stat_activity where usename = current_user and pid <> pg_backend_pid() and state = 'active'`,
      ),
      [['0']],
    );
  });
});
