import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type pg from 'pg';
import { momentarySettings, steadySettings } from '../../src/postgres/inspect/evaluation-settings.ts';
import { quoteIdentifier, quoteLiteral } from '../../src/postgres/identifiers.ts';
import { conductSettings, dataSettings, privilegedSettings } from '../../src/postgres/session-settings.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { testDatabase, type FirstTestDatabase } from '../support/database.ts';
import { psqlOrSkip } from '../support/psql.ts';
import { majorsInTurn } from '../support/servers.ts';
import { planRestore, restoreRequest, runRestore, takeBackup } from './runs.ts';
import type { Major } from '../support/majors.ts';
import { psql, script } from './script.ts';

/** What the application wrote is evaluated under its own settings, whatever ours are and whatever the target has. */

const settings: Record<string, string> = {
  TimeZone: 'America/New_York',
  DateStyle: 'German',
  IntervalStyle: 'sql_standard',
  array_nulls: 'off',
  bytea_output: 'escape',
  default_text_search_config: 'pg_catalog.german',
  extra_float_digits: '-3',
  quote_all_identifiers: 'on',
  transform_null_equals: 'on',
  xmlbinary: 'hex',
  'shop.currency': 'EUR',
  'shop.api_key': 'hunter2',
};

/** Each column of `shown` and each constraint depends on one of them; immutable functions that are not are as found in the wild. */
const tables = `
  create function label(t timestamptz) returns text language sql immutable as $$ select t::text $$;
  create function unknown(t text) returns boolean language plpgsql as $$ begin return (select t = null); end $$;
  create domain local_day as date check (value <> '2024-01-01 23:30-05'::text::timestamptz::date + 1);
  create table ev (id int primary key, at timestamptz, d date, f float8, b bytea, i interval, words text, names text[],
    day local_day, said text generated always as (label(at)) stored,
    constraint same_day check (at::date = d),
    constraint listed check (('{a,NULL}'::text || '')::text[] = array['a', 'NULL']));
  create index on ev (label(at));
  insert into ev (id, at, d, f, b, i, words, names, day) values (1, '2024-01-01 23:30-05', '2024-01-01', 1e-1 + 0.2,
    '\\x00ff', '-1 2:03:00', 'Häuser', array['a', null, 'NULL'], '2024-01-01');
  create materialized view shown as select id, at::date as d, at::text as t, d::text as day, f::text, b::text, i::text,
    to_tsvector(words)::text as lexemes, ('{x,NULL}'::text || '')::text[] as elements, quote_ident('plain') as quoted,
    unknown(null) as unknown, current_setting('shop.currency', true) as currency, xmlelement(name e, b)::text as x
  from ev`;

async function shop(t: TestContext, major: Major): Promise<FirstTestDatabase> {
  const db = await testDatabase(t, { major });
  for (const [name, value] of Object.entries(settings)) {
    const parts = name.split('.').map(quoteIdentifier).join('.');
    await db.client.query(`alter database ${quoteIdentifier(db.name)} set ${parts} = ${quoteLiteral(value)}`);
  }
  for (const [name, value] of Object.entries(settings)) {
    await db.client.query('select set_config($1, $2, false)', [name, value]);
  }
  await db.client.query(tables);
  return db;
}

/** As text that no setting of the reader changes. */
async function shown(client: pg.Client): Promise<unknown> {
  await client.query(`set TimeZone = 'UTC'; set DateStyle = 'ISO'; set bytea_output = 'hex'; set IntervalStyle = 'postgres';
    set extra_float_digits = 3; set array_nulls = on`);
  const { rows } = await client.query('select * from shown');
  const own = await client.query('select id, d, f, b, i, words, names, day, said from ev');
  const invalid = await client.query('select conname from pg_constraint where not convalidated');
  const index = await client.query(
    'set enable_seqscan = off; select count(*) from ev where label(at) = said',
  );
  return [rows, own.rows, invalid.rows, (index as unknown as pg.QueryResult[]).at(-1)?.rows];
}

for (const major of majorsInTurn(0)) {
  test(`expressions are evaluated as in the source, on ${major}`, psqlOrSkip, async (t) => {
    const db = await shop(t, major);
    const store = memoryStore();
    const manifest = await takeBackup(db.target, store);
    const before = await shown(db.client);
    assert.match(JSON.stringify(before), /01\.01\.2024 23:30:00 EST.*haus.*"EUR"/);
    assert.ok(!JSON.stringify(manifest).includes('hunter2'));

    const name = db.freeName();
    await runRestore(db.target, store, manifest, { target: { mode: 'new-database', database: name } });
    assert.deepEqual(await shown((await db.adopt(name)).client), before);

    const empty = await db.createDatabase();
    await psql(empty.connectionString, script(store, manifest, 'sql'));
    assert.deepEqual(await shown(empty.client), before);

    await db.client.query('delete from ev; refresh materialized view shown');
    await runRestore(db.target, store, manifest, { target: { mode: 'in-place' } });
    assert.deepEqual(await shown(db.client), before);
    await db.client.query('drop table ev cascade');
    await runRestore(db.target, store, manifest, { target: { mode: 'in-place' }, tables: ['ev'] });
    assert.deepEqual(await shown(db.client), before);
  });

  test(`a setting that this server does not take is named in the plan, and the others hold, on ${major}`, async (t) => {
    const db = await testDatabase(t, { major });
    await db.client.query(`create table ev (at timestamptz); insert into ev values ('2024-01-01 12:00+00');
      create materialized view shown as select at::text as t from ev`);
    const store = memoryStore();
    const manifest = await takeBackup(db.target, store);
    manifest.source.evaluation = {
      TimeZone: 'Asia/Kolkata',
      lc_time: 'xx_YY.UTF-8',
      lc_monetary: 'xx_YY.UTF-8',
    };
    const plan = await planRestore(db.target, manifest, restoreRequest());
    assert.deepEqual(
      plan.warnings
        .filter((warning) => warning.includes('does not take'))
        .map((warning) => /had (\w+) =/.exec(warning)?.[1]),
      ['lc_time', 'lc_monetary'],
    );
    await runRestore(db.target, store, manifest, { target: { mode: 'in-place' } });
    const { rows } = await db.client.query('select t from shown');
    assert.deepEqual(rows, [{ t: '2024-01-01 17:30:00+05:30' }]);
  });

  test(`every setting that can change what an expression gives is recorded, on ${major}`, async (t) => {
    const db = await testDatabase(t, { major });
    const { rows } = await db.client.query<{ name: string }>(
      `select name from pg_settings where context in ('user', 'superuser') and name !~ '^(transaction|vacuum)_'
        and (category like 'Client Connection Defaults%' or category like 'Version and Platform%'
          or category like 'Customized%')`,
    );
    const evaluating = new Set<string>([...steadySettings, ...momentarySettings]);
    const left = rows.map(({ name }) => name).filter((name) => !evaluating.has(name) && !(name in without));
    assert.deepEqual(left, []);
  });

  test(`COPY text means the same under every steady setting, on ${major}`, async (t) => {
    const db = await testDatabase(t, { major });
    await db.client.query(`
      create table v (a timestamptz, b timestamp, c date, d timetz, e time, f interval, g float8, h float4, i bytea, j tstzrange,
        k daterange, l interval[], m tsvector, n numeric, o xml, p tstzmultirange)`);
    const ours = Object.entries(dataSettings).map(([name, value]) => `set ${name} = ${quoteLiteral(value)}`);
    await db.client.query(ours.join(';'));
    for (const [stamp, span] of [
      ['0044-03-15 12:00:00.5 BC', '-1 year +2 mons -3 days +04:05:06.789'],
      ['2024-02-03 01:04:05+13', '-1 days'],
      ['99999-12-31 23:59:59.999999', '1 year -2 days'],
      ['infinity', '-00:00:01.5'],
      ['0099-01-02 00:00:00', '-178000000 years'],
      ['1900-01-01 00:00:00+00:19:32', '1 mon -1 days -00:00:00.000001'],
    ]) {
      await db.client.query(
        `insert into public.v values ($1::text::timestamptz, $1::text::timestamp, $1::text::timestamp::date, '12:00:00.25+05:30', '23:59:59.999999',
          $2::text::interval, 0.1::float8 + 0.2, 1e-40, '\\x005cff', tstzrange($1::text::timestamptz, 'infinity', '[]'),
          daterange(null, '2024-03-02'), array[$2::text::interval, null], 'a:1A b:2', 1e100 + 0.1, '<a>1</a>',
          tstzmultirange(tstzrange('2024-01-01 00:00+09', '2024-01-02 00:00+09')))`,
        [stamp, span],
      );
    }
    const rows = async (): Promise<unknown> =>
      (await db.client.query('select v::text from public.v order by 1')).rows;
    const before = await rows();
    for (const [name, values] of Object.entries(manyValues)) {
      for (const value of values) {
        // What was printed under ours is read under theirs, and printed under ours again.
        await db.client.query('create temporary table texts as select v::text as t from public.v');
        await db.client.query(`begin; set local ${name} = ${quoteLiteral(value)};
          truncate public.v; insert into public.v select (t::public.v).* from texts; commit; drop table texts`);
        assert.deepEqual(await rows(), before, `${name} = ${value}`);
      }
    }
    assert.deepEqual(Object.keys(manyValues).toSorted(), [...steadySettings].toSorted());
  });
}

const manyValues: Record<(typeof steadySettings)[number], string[]> = {
  DateStyle: ['ISO, DMY', 'ISO, MDY', 'German', 'SQL, DMY', 'Postgres, MDY'],
  IntervalStyle: ['sql_standard', 'postgres_verbose', 'iso_8601'],
  TimeZone: ['America/New_York', 'Asia/Kolkata', '-12:34'],
  bytea_output: ['escape'],
  default_text_search_config: ['pg_catalog.german'],
  extra_float_digits: ['-15', '0'],
  lc_numeric: ['C'],
  lc_time: ['C'],
  timezone_abbreviations: ['Australia', 'India'],
  xmlbinary: ['hex'],
};

const conduct = (names: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.keys(names).map((name) => [name, 'of how a statement runs, and ours on every connection']),
  );

/** Settings of the same categories that no value depends on, and why. */
const without: Record<string, string> = {
  ...conduct(conductSettings),
  ...conduct(privilegedSettings),
  ...conduct(dataSettings),
  allow_alter_system: 'only of ALTER SYSTEM',
  check_function_bodies: 'only when a function is made',
  createrole_self_grant: 'only of CREATE ROLE',
  default_tablespace: 'where it is stored',
  default_toast_compression: 'how it is stored',
  dynamic_library_path: 'where code is found',
  escape_string_warning: 'only a warning',
  event_triggers: 'whether they fire',
  extension_control_path: 'where extensions are found',
  gin_pending_list_limit: 'how an index is kept',
  lo_compat_privileges: 'who may',
  local_preload_libraries: 'what is loaded',
  session_preload_libraries: 'what is loaded',
  temp_tablespaces: 'where it is stored',
};
