import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GlobalsOptions } from '../../src/contract/globals.ts';
import { globalsPlan, restoreGlobals } from '../../src/engine/globals/restore.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { openClient } from '../support/connect.ts';
import { psqlOrSkip } from '../support/psql.ts';
import { outermostMajors, privateServer, testedMajors } from '../support/servers.ts';
import { psql, script } from './script.ts';
import { catalogsOf, directoryOf, dumpedGlobals, everything, takeGlobals } from './server-globals.ts';

const settings = { allow_in_place_tablespaces: 'on' };

for (const major of outermostMajors) {
  test(
    `PostgreSQL ${major}: the script of a backup makes an empty server's globals what those of the first one were`,
    psqlOrSkip,
    async (t) => {
      const [source, target] = await Promise.all([
        privateServer(t, { major, settings }),
        privateServer(t, { major, settings }),
      ]);
      const client = await source.client();
      const location = await directoryOf(source, 'on disk');
      await client.query(`set allow_in_place_tablespaces = on`);
      for (const statement of everything(major, location).split(/;\n/)) await client.query(statement);
      const store = memoryStore();
      const manifest = await takeGlobals(source.target(), store, { passwords: 'anywhere' });
      const before = {
        catalogs: await catalogsOf(client, major),
        dumped: await dumpedGlobals(source.target(), major),
      };
      // Two servers cannot use one directory.
      await client.query('drop tablespace "On Disk"');

      const { host, port, user, password } = target.server;
      const address = `postgres://${user}:${password}@${host}:${port}/postgres`;
      await psql(address, script(store, manifest, 'sql.zst'));
      // The first role has the password of the backup from now on.
      const now = { ...target.target(), password: source.server.password };
      const made = await openClient(now);
      t.after(() => made.end());
      assert.deepEqual(await catalogsOf(made, major), before.catalogs);
      assert.equal(await dumpedGlobals(now, major), before.dumped);
    },
  );
}

const keep: GlobalsOptions = { onDifferent: 'keep', confirm: [], tablespaces: true };

test('a restore makes what is missing, alters nothing that is there unless asked, and gives no power unasked', async (t) => {
  const major = testedMajors.at(-1)!;
  const [source, target] = await Promise.all([
    privateServer(t, { major, settings }),
    privateServer(t, { major, settings }),
  ]);
  const client = await source.client();
  const live = await target.client();
  await client.query(`set allow_in_place_tablespaces = on`);
  for (const statement of everything(major, await directoryOf(target, 'on disk')).split(/;\n/)) {
    // The directory is of the other server; here the tablespace lies in the data.
    await client.query(statement.replace(/location '\/.*'/, `location ''`));
  }
  const { globals } = await takeGlobals(source.target(), memoryStore(), { passwords: 'anywhere' });
  const work = { live: target.target(), lockTimeoutMs: 5_000 };
  // There already, in another way, and with a trap: on this server the group of the backup has power.
  await live.query(`create role reader login; create role "Group ""A""" createrole; create role stranger`);
  const rolesBefore = (
    await live.query('select * from pg_roles where rolname in ($1, $2) order by 1', ['reader', 'stranger'])
  ).rows;

  const plan = await globalsPlan(globals!, keep, work);
  const what = (list: readonly { what: string }[]): string[] => list.map((each) => each.what);
  assert.ok(what(plan.create).includes('role chief'));
  assert.ok(what(plan.different).includes('role reader'));
  assert.ok(plan.present > 0);
  const powers = [
    'SUPERUSER of role chief',
    'CREATEROLE of role chief',
    'REPLICATION of role chief',
    'BYPASSRLS of role chief',
    'setting session_preload_libraries of role chief',
    'membership of chief in "Group ""A"""',
    'membership of forever in "Group ""A"""',
    `membership of "o'brien\\x" in "Group ""A"""`,
    `membership of "o'brien\\x" in pg_read_all_data`,
  ];
  for (const power of powers) assert.ok(plan.confirm.includes(power), power);

  const report = await restoreGlobals(globals!, keep, work);
  assert.deepEqual(report.create, plan.create);
  const roles = new Map((await live.query('select * from pg_roles')).rows.map((row) => [row.rolname, row]));
  const { rolsuper, rolcreaterole, rolreplication, rolbypassrls, rolcreatedb } = roles.get('chief');
  assert.deepEqual(
    [rolsuper, rolcreaterole, rolreplication, rolbypassrls, rolcreatedb],
    [false, false, false, false, true],
  );
  const memberships = await live.query(
    `select 1 from pg_auth_members where member in ('chief'::regrole, 'forever'::regrole) and roleid = '"Group ""A"""'::regrole`,
  );
  assert.equal(memberships.rowCount, 0);
  assert.deepEqual(
    (await live.query('select * from pg_roles where rolname in ($1, $2) order by 1', ['reader', 'stranger']))
      .rows,
    rolesBefore,
  );

  // Again, nothing is missing but what was not confirmed.
  const again = await globalsPlan(globals!, keep, work);
  assert.deepEqual([again.create, again.confirm.includes('SUPERUSER of role chief')], [[], false]);

  // What was made is taken back by what the report says.
  for (const statement of report.undo) await live.query(statement);
  assert.equal((await live.query(`select from pg_roles where rolname = 'chief'`)).rowCount, 0);

  // With everything confirmed and altered the server has all of it, and what it has beside stays.
  const altering = await globalsPlan(globals!, { ...keep, onDifferent: 'alter' }, work);
  const all: GlobalsOptions = { onDifferent: 'alter', confirm: altering.confirm, tablespaces: true };
  await restoreGlobals(globals!, all, work);
  const after = await globalsPlan(globals!, all, work);
  assert.deepEqual([after.create, after.confirm, after.leftOut], [[], [], []]);
  // The role that restores is never altered.
  assert.deepEqual(
    after.different.filter(({ what: name }) => !name.endsWith(' of role postgres')),
    [],
  );
  assert.equal((await live.query(`select from pg_roles where rolname = 'stranger'`)).rowCount, 1);
  const now = await catalogsOf(live, major);
  const then = await catalogsOf(client, major);
  const memberOf = ({ member }: { member: string }): boolean => member !== 'postgres';
  assert.deepEqual(
    (now['memberships'] as { member: string }[]).filter(memberOf),
    (then['memberships'] as { member: string }[]).filter(memberOf),
  );
  assert.deepEqual(now['tablespaces'], then['tablespaces']);

  // What fails takes everything back, tablespaces too.
  const broken = structuredClone(globals!);
  broken.tablespaces.push({ ...broken.tablespaces[0]!, name: 'lost', privileges: null });
  broken.roles.push({ ...broken.roles[0]!, name: 'last', bootstrap: false, validUntil: 'no time at all' });
  await assert.rejects(
    restoreGlobals(broken, all, work),
    /role last could not be made.*Everything was rolled back/s,
  );
  assert.equal((await live.query(`select from pg_tablespace where spcname = 'lost'`)).rowCount, 0);
});
