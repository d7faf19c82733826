import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryStore } from '../../src/store/memory.ts';
import { assertSameDatabase, assertSameState, databaseState } from '../support/compare.ts';
import { runRestore, takeBackup } from '../engine/runs.ts';
import { psql, script } from '../engine/script.ts';
import { fails } from '../engine/outcomes.ts';
import { cronDatabase, debianDatabase, needing, openDebianDatabase } from './debian.ts';

interface Case {
  name: string;
  needs: string[];
  sql: string;
  /** What destroys rows before a restore in place. */
  damage: string;
  /** A table that is dropped and restored alone. */
  part: string;
  /** Sequences of extensions that these do not ask to have dumped: they begin anew, as after pg_restore. */
  except?: string[];
}

const cases: Case[] = [
  {
    name: 'postgis',
    needs: ['postgis', 'postgis_topology', 'pgrouting', 'address_standardizer_data_us'],
    sql: `create extension postgis; create extension postgis_topology; create extension pgrouting;
      create extension address_standardizer_data_us;
      insert into spatial_ref_sys (srid, auth_name, auth_srid, srtext, proj4text)
        values (990001, 'mine', 1, '', '+proj=utm +zone=32 +datum=WGS84 +units=m +no_defs');
      create table a_places (id int primary key, g geometry(Point, 4326),
        local geometry(Point, 990001) generated always as (st_transform(g, 990001)) stored);
      insert into a_places (id, g) select i, st_setsrid(st_makepoint(8 + i * 0.0001, 47), 4326) from generate_series(1, 3000) i;
      create index on a_places using gist (g); create index on a_places (st_astext(g));
      create table areas (id int primary key, g geography(Polygon),
        check (st_isvalid(g::geometry)));
      insert into areas values (1, 'POLYGON((0 0, 0 1, 1 1, 0 0))');
      select topology.createtopology('city', 4326);
      select topology.addnode('city', 'SRID=4326;POINT(1 2)');
      create table roads (id int primary key, source int, target int, cost float8);
      insert into roads values (1, 1, 2, 1), (2, 2, 3, 1);
      create materialized view route as select * from pgr_dijkstra('select id, source, target, cost from public.roads', 1, 3);`,
    damage: `delete from a_places where id > 7; delete from roads; update areas set g = null;
      delete from spatial_ref_sys where srid = 990001`,
    part: 'a_places',
    except: ['topology.topology_id_seq'],
  },
  {
    name: 'pg_partman',
    needs: ['pg_partman'],
    sql: `create schema partman; create extension pg_partman schema partman;
      create table events (id int not null, at timestamptz not null default now()) partition by range (at);
      create index on events (at);
      select partman.create_parent('public.events', 'at', 'native', 'daily');
      insert into events select i, now() - i * interval '1 hour' from generate_series(0, 40) i`,
    damage: 'delete from events; update partman.part_config set premake = 1',
    part: 'events',
  },
  {
    name: 'types and index methods of contrib',
    needs: ['citext', 'hstore', 'ltree', 'isn', 'cube', 'unaccent', 'bloom', 'btree_gist'],
    sql: `create schema ext; create extension citext schema ext; create extension hstore schema ext; create extension ltree;
      create extension isn; create extension cube; create extension earthdistance; create extension seg; create extension lo;
      create extension intarray; create extension pg_trgm schema ext; create extension btree_gist; create extension btree_gin;
      create extension unaccent schema ext; create extension "uuid-ossp"; create extension pgcrypto; create extension bloom;
      create extension fuzzystrmatch; create extension tablefunc; create extension dict_xsyn; create extension postgres_fdw;
      create domain email as ext.citext check (value operator(ext.~) '@');
      create function plain(t text) returns text language sql immutable strict as $$ select ext.unaccent('ext.unaccent', t) $$;
      create table people (id uuid primary key default uuid_generate_v4(), mail email unique, tags ext.hstore, path ltree, book isbn,
        at cube, span seg, numbers int[], name text, bare text generated always as (plain(name)) stored,
        during tstzrange, exclude using gist (name with =, during with &&));
      create index on people using gin (numbers gin__int_ops); create index on people using gist (path);
      create index on people using gin (name ext.gin_trgm_ops); create index on people using bloom (name);
      create index on people (plain(name)); create index on people using gin (tags);
      insert into people (mail, tags, path, book, at, span, numbers, name, during) select 'a' || i || '@b', 'k=>v, "a b"=>NULL', ('top.sub' || i)::ltree,
        '978-0-393-04002-9', cube(array[i, 2]), '1..2', array[i, 3], 'Zoë ' || i, '[2024-01-01,2024-01-02)' from generate_series(1, 50) i;
      create text search configuration loose (copy = pg_catalog.english);
      alter text search configuration loose alter mapping for asciiword, word with ext.unaccent, english_stem;
      create materialized view words as select to_tsvector('public.loose', name) as v, name operator(ext.%) 'Zoe 1' as near from people;
      create server elsewhere foreign data wrapper postgres_fdw options (host 'elsewhere.invalid');
      create foreign table far (id int) server elsewhere;`,
    damage: 'delete from people where name > $$Zoë 3$$',
    part: 'people',
  },
];

for (const { name, needs, sql, damage, part, except = [] } of cases) {
  test(`${name}: a database comes back in every way`, needing(...needs), async (t) => {
    const id = `ext_${needs[0]}`;
    const db = await debianDatabase(t, id);
    await db.client.query(sql);
    const store = memoryStore();
    const manifest = await takeBackup(db.target, store);
    const before = await databaseState(db.target);

    await debianDatabase(t, `${id}_psql`).then(async (empty) => {
      await psql(empty.connectionString, script(store, manifest, 'sql'));
      await assertSameDatabase(empty.target, db.target, { except });
    });
    const copy = `${id}_copy`;
    await runRestore(db.target, store, manifest, { target: { mode: 'new-database', database: copy } });
    const { target } = await openDebianDatabase(t, copy);
    await assertSameDatabase(target, db.target, { except });

    await db.client.query(damage);
    await runRestore(db.target, store, manifest, { target: { mode: 'in-place' } });
    assertSameState(await databaseState(db.target), before);

    await db.client.query(`drop table ${part} cascade`);
    await runRestore(db.target, store, manifest, { target: { mode: 'in-place' }, tables: [part] });
    const after = await databaseState(db.target);
    assert.deepEqual(after.contents, before.contents);
  });
}

test(
  'pg_cron: jobs come back in place, and it is left out of a new database by name',
  needing('pg_cron'),
  async (t) => {
    const db = await debianDatabase(t, cronDatabase);
    await db.client
      .query(`create extension pg_cron; create role cron_user; grant usage on schema cron to cron_user;
    select cron.schedule('nightly', '0 3 * * *', 'select 1'); select cron.schedule('weekly', '0 4 * * 0', 'select 2');
    create table t (id int primary key); insert into t values (1)`);
    const store = memoryStore();
    const manifest = await takeBackup(db.target, store);
    const before = await databaseState(db.target);
    await db.client.query(
      `select cron.unschedule('nightly'); update cron.job set schedule = '1 1 * * *'; delete from t`,
    );
    await runRestore(db.target, store, manifest, { target: { mode: 'in-place' } });
    assertSameState(await databaseState(db.target), before);

    const into = { target: { mode: 'new-database', database: 'without_cron' } } as const;
    const error = await fails(
      runRestore(db.target, store, manifest, into),
      'EXTENSIONS_MISSING',
      /pg_cron.*cronhome/,
    );
    assert.match(error.hint, /--without-extension/);
    const report = await runRestore(db.target, store, manifest, { ...into, withoutExtensions: ['pg_cron'] });
    assert.match(JSON.stringify(report.leftOut), /EXTENSION pg_cron.*ACL.*SCHEMA cron/);
    const { client } = await openDebianDatabase(t, 'without_cron');
    assert.deepEqual((await client.query('select id from t')).rows, [{ id: 1 }]);
  },
);
