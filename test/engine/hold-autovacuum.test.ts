import assert from 'node:assert/strict';
import { test } from 'node:test';
import type pg from 'pg';
import { memoryStore } from '../../src/store/memory.ts';
import { testDatabase } from '../support/database.ts';
import { runRestore, takeBackup } from './runs.ts';

/** More than a mebibyte of rows, with a TOAST table. */
const large = `(id int, body text)`;
const rows = `select n, repeat(md5(n::text), 8) from generate_series(1, 5000) n`;

async function options(client: pg.Client): Promise<unknown[]> {
  const { rows: found } = await client.query(
    `select c.oid::regclass::text as name, c.reloptions as own, t.reloptions as toast
     from pg_class c left join pg_class t on t.oid = c.reltoastrelid
     where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' order by 1`,
  );
  return found;
}

test('while a new database is filled, autovacuum keeps away from its large tables, and afterwards their options are those of the backup', async (t) => {
  const db = await testDatabase(t);
  await db.client.query(`
    -- Its index is made while the tables are loaded. It fails unless autovacuum is as expected there.
    create function witness(id int) returns int immutable language plpgsql as $$
    declare
      found text;
    begin
      if id = 1 and pg_catalog.current_database() like 'holdfast\\_unfinished%' then
        select pg_catalog.string_agg(pg_catalog.concat_ws(' ', c.relname, c.reloptions, t.reloptions), '; ' order by c.relname)
          into found
          from pg_catalog.pg_class c left join pg_catalog.pg_class t on t.oid = c.reltoastrelid
          where c.relnamespace = 'public'::pg_catalog.regnamespace and c.relkind = 'r';
        if found <> 'filled {fillfactor=90,autovacuum_enabled=off} {autovacuum_enabled=off}; never {autovacuum_enabled=false} {autovacuum_enabled=off}; part {autovacuum_enabled=off} {autovacuum_enabled=off}; plain {autovacuum_enabled=off} {autovacuum_enabled=off}; small; toast {autovacuum_enabled=off} {autovacuum_enabled=true}' then
          raise exception 'found %', found;
        end if;
      end if;
      return id;
    end $$;
    create table plain ${large};
    create table filled ${large} with (fillfactor = 90);
    create table never ${large} with (autovacuum_enabled = false);
    create table toast ${large} with (toast.autovacuum_enabled = true);
    create table small ${large};
    create table parted ${large} partition by list (id);
    create table part partition of parted default;
    insert into plain ${rows};
    insert into filled ${rows};
    insert into never ${rows};
    insert into toast ${rows};
    insert into parted ${rows};
    insert into small values (1, 'one');
    create index on plain (witness(id))`);
  const before = await options(db.client);
  const store = memoryStore();
  const manifest = await takeBackup(db.target, store);
  const name = db.freeName();
  await runRestore(db.target, store, manifest, { target: { mode: 'new-database', database: name } });
  assert.deepEqual(await options((await db.adopt(name)).client), before);
});
