import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { memoryStore } from '../../src/store/memory.ts';
import { testDatabase } from '../support/database.ts';
import { runDrill, shownProblems } from './drills.ts';
import { takeBackup } from './runs.ts';

/* The owner of the database wants to be superuser of the scratch server, or to run programs on its machine. */

test('code of the backup gets no superuser and runs no program, even if the superuser of the source owned it', async (t) => {
  const db = await testDatabase(t);
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'holdfast-attack-'));
  await fs.chmod(folder, 0o777);
  t.after(() => fs.rm(folder, { recursive: true, force: true }));
  const attempts = [
    `copy (select 1) to program 'touch ${folder}/program'`,
    `copy (select 1) to '${folder}/file'`,
    `create role pwned superuser`,
    `alter role current_user superuser`,
    `set role postgres; create extension file_fdw`,
    `select pg_read_file('/etc/passwd')`,
    `create extension plperlu`,
    `alter system set archive_command = 'touch ${folder}/archived'`,
    `select lo_import('/etc/passwd')`,
  ];
  await db.client.query(`
    create table seen (attempt text);
    create function evil(i int) returns int immutable language plpgsql as $code$
      declare
        attempt text;
      begin
        if current_database() not like 'holdfast\\_drill\\_%' then return i; end if;
        foreach attempt in array array[${attempts.map((each) => `$a$${each}$a$`).join(', ')}] loop
          begin
            execute attempt;
            raise exception using errcode = 'XX999', message = 'it worked: ' || attempt;
          exception
            when sqlstate 'XX999' then raise;
            when others then null;
          end;
        end loop;
        return i;
      end $code$;
    create table a (i int check (public.evil(i) > 0), j int generated always as (public.evil(i)) stored);
    insert into a select generate_series(1, 3);
    create index on a (public.evil(i));
    create materialized view m as select public.evil(i) from a;
    create domain d as int check (public.evil(value) > 0);
    create table b (v d); insert into b values (1);
    create function on_ddl() returns event_trigger language plpgsql as 'begin perform public.evil(1); end';
    create event trigger t on ddl_command_end execute function on_ddl();
  `);
  const store = memoryStore();
  const found = await runDrill(store, await takeBackup(db.target, store), {
    checks: [
      { name: 'an assertion that calls it', sql: 'select evil(7)', expect: 7 },
      // The one that made the other, and the first, which has no longer the name that a backup may know.
      { name: 'superusers', sql: 'select count(*) from pg_roles where rolsuper', expect: 2 },
      {
        name: 'members',
        sql: `select count(*) from pg_auth_members where roleid::regrole::text in ('pg_execute_server_program', 'pg_write_server_files', 'pg_read_server_files')`,
        expect: 0,
      },
    ],
  });
  assert.equal(found.verdict, 'passed', shownProblems(found));
  assert.deepEqual(await fs.readdir(folder), []);
});

test('functions in untrusted languages are not made', async (t) => {
  const db = await testDatabase(t);
  await db.client.query(
    `create function internal_one(int) returns int language internal strict immutable as 'int4abs'; create table a (i int); create index on a (internal_one(i))`,
  );
  const store = memoryStore();
  const found = await runDrill(store, await takeBackup(db.target, store));
  assert.equal(found.verdict, 'inconclusive', shownProblems(found));
  assert.equal(found.cause?.code, 'INSUFFICIENT_PRIVILEGE');
  assert.match(found.cause.message, /internal_one/);
});
