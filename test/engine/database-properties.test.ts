import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { exportSql } from '../../src/engine/read/download.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { testDatabase } from '../support/database.ts';
import { outermostMajors } from '../support/servers.ts';
import { planRestore, restoreRequest, runRestore, takeBackup } from './runs.ts';

/** As psql's \l and \drds show it, but for the name. */
const properties = `
  select pg_get_userbyid(datdba) as owner, datconnlimit, datistemplate, shobj_description(oid, 'pg_database') as comment,
    (select array_agg(a::text order by a::text) from unnest(datacl) a) as acl,
    (select json_agg(json_build_array(setrole::regrole::text, setconfig) order by setrole::regrole::text)
      from pg_db_role_setting where setdatabase = d.oid) as settings
  from pg_database d where datname = current_database()`;

for (const major of outermostMajors) {
  test(`what belongs to the database itself comes back in a new one, on ${major}`, async (t) => {
    const db = await testDatabase(t, { major });
    const role = `${db.name} "x"`.replaceAll('"', '""');
    await db.client.query(`create role "${role}"`);
    db.afterwards(`drop role "${role}"`);
    const name = `"${db.name}"`;
    await db.client.query(`
      create table a as select generate_series(1, 1000) as i;
      comment on database ${name} is 'it''s \\ two
lines; drop table a;';
      alter database ${name} connection limit 7;
      alter database ${name} owner to "${role}";
      revoke all on database ${name} from public;
      grant connect on database ${name} to public;
      grant create on database ${name} to pg_monitor with grant option;
      alter database ${name} set search_path to "$user", 'odd, "name"', public;
      alter database ${name} set DateStyle to 'German, DMY';
      alter database ${name} set default_transaction_read_only to on;
      alter database ${name} set statement_timeout to '77s';
      alter database ${name} set lock_timeout to '3s';
      alter database ${name} set idle_in_transaction_session_timeout to '78s';
      alter database ${name} set session_replication_role to replica;
      alter database ${name} set app.tenant to 'O''Brien';
      alter database ${name} set app.jwt_secret to 'hush-hush';
      alter role "${role}" in database ${name} set work_mem to '7MB';
      alter role "${role}" in database ${name} set temp_tablespaces to ''`);
    const store = memoryStore();
    const manifest = await takeBackup(db.target, store);
    assert.doesNotMatch(JSON.stringify(manifest), /hush-hush/);
    assert.deepEqual(
      manifest.warnings.map(({ code, object }) => [code, object]),
      [['SECRET_SETTING_LEFT_OUT', 'SETTING app.jwt_secret']],
    );

    const target = { mode: 'new-database', database: db.freeName() } as const;
    const report = await runRestore(db.target, store, manifest, { target });
    assert.deepEqual(report.leftOut, []);
    await db.client.query(`alter database ${name} reset app.jwt_secret`);
    const restored = await db.adopt(target.database);
    const [is, should] = await Promise.all(
      [restored, db].map(async ({ client }) => (await client.query(properties)).rows[0]),
    );
    assert.deepEqual(is, should);
    assert.equal((await restored.client.query('select count(*)::int as n from a')).rows[0].n, 1_000);

    // In a script they would hit whatever database it is run on.
    const sql = await text(exportSql(store, manifest, 'sql'));
    const lines = sql
      .split('\n')
      .filter((line) => /connection limit|set "app\.tenant"|drop table a/.test(line));
    assert.ok(lines.length >= 3);
    assert.ok(
      lines.every((line) => line.startsWith('--')),
      lines.join('\n'),
    );
  });
}

test('what cannot be had here is named in the plan, and left out', async (t) => {
  const db = await testDatabase(t);
  const [gone, plain] = [`${db.name}_gone`, `${db.name}_plain`];
  await db.client.query(`
    create role "${gone}"; create role "${plain}" login createdb password 'x';
    alter database "${db.name}" owner to "${gone}";
    grant create on database "${db.name}" to "${gone}" with grant option;
    alter database "${db.name}" set work_mem to '5MB';
    alter database "${db.name}" set log_min_duration_statement to 0;
    alter role "${gone}" in database "${db.name}" set work_mem to '7MB'`);
  db.afterwards(`drop role if exists "${gone}"; drop role "${plain}"`);
  const store = memoryStore();
  const manifest = await takeBackup(db.target, store);
  manifest.roles = [];
  await db.client.query(
    `alter database "${db.name}" owner to postgres; drop owned by "${gone}"; drop role "${gone}"`,
  );
  const target = { mode: 'new-database', database: db.freeName() } as const;
  const asPlain = { ...db.target, user: plain, password: 'x' };
  const noRole = `there is no role ${gone}`;

  const plan = await planRestore(db.target, manifest, restoreRequest({ target }));
  assert.deepEqual(plan.leftOut, [
    `setting work_mem of role ${gone} of the database: ${noRole}`,
    `privilege CONNECT of ${gone} of the database: ${noRole}`,
    `privilege CREATE of ${gone} of the database: ${noRole}`,
    `privilege TEMPORARY of ${gone} of the database: ${noRole}`,
    `owner of the database: ${noRole}`,
  ]);
  const withoutOwners = await planRestore(asPlain, manifest, restoreRequest({ target, owners: false }));
  assert.ok(
    withoutOwners.leftOut.includes(
      'setting log_min_duration_statement of the database: this role may not set it here, or the server does not know it',
    ),
    withoutOwners.leftOut.join('\n'),
  );
  const report = await runRestore(asPlain, store, manifest, { target, owners: false });
  assert.deepEqual(report.leftOut, withoutOwners.leftOut);
  const { client } = await db.adopt(target.database);
  const { rows } = await client.query(properties);
  assert.deepEqual(rows[0].settings, [['-', ['work_mem=5MB']]]);
  assert.equal(rows[0].owner, plain);
  // Who could connect to a new database before can again.
  assert.ok(
    rows[0].acl.some((entry: string) => entry.startsWith('=Tc/')),
    rows[0].acl.join(),
  );
});

test('in place they stay, and the plan says where they differ', async (t) => {
  const db = await testDatabase(t);
  await db.client.query(`create table a (i int); comment on database "${db.name}" is 'then';
    alter database "${db.name}" set work_mem to '5MB'`);
  const manifest = await takeBackup(db.target, memoryStore());
  const differing = async (tables: string[] = []): Promise<string[]> =>
    (await planRestore(db.target, manifest, restoreRequest({ tables }))).warnings;
  assert.deepEqual(await differing(), []);
  await db.client.query(
    `comment on database "${db.name}" is 'now'; alter database "${db.name}" reset work_mem`,
  );
  assert.deepEqual(await differing(), [
    'Of the database itself, these differ from the backup and stay as they are: comment, setting work_mem.',
  ]);
  assert.deepEqual(await differing(['a']), []);
});
