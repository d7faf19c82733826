import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBackupSystem, silentLogger } from '../../src/index.ts';
import { plainRole } from '../api/role.ts';
import { token } from '../api/system.ts';
import { holdfast } from '../cli/holdfast.ts';
import { openClient } from '../support/connect.ts';
import { testDatabase } from '../support/database.ts';
import { serverTarget, majorsInTurn } from '../support/servers.ts';
import { otherwise, setOtherwise } from '../support/settings.ts';
import { until } from '../support/until.ts';

/** Values whose text differs with the settings of the session that reads or writes them. */
const application = `
  create table public.things (id int primary key, tags text[], at timestamptz, day date, span interval, bytes bytea,
    real float8, small float4, price numeric, note text not null default 'it''s', made timestamptz default '2026-02-03 04:05:06 Europe/Rome');
  insert into public.things values
    (1, array['a', null, 'NULL'], '2026-03-29 01:30:00.123456+00', '2026-12-01', '-1 year 2 mons -3 days 04:05:06.7', '\\x00ff5c27', 0.1, 1.1, 12.50, E'back\\\\slash'),
    (2, '{}', '0044-03-15 00:00:00+00 BC', '2026-01-12', '1 day', '\\x', 'NaN', '-Infinity', 'NaN', ''),
    (3, null, 'infinity', '-infinity', null, null, 1e-310, 3e-45, -0.000, '\\.');
  create view public.days as select id, day from public.things where day > '2026-01-13';
  create materialized view public.totals as select count(*) as n, min(at) as first from public.things;
  create function public.touched() returns trigger language plpgsql as $$ begin return null; end $$;
  create trigger touched after insert on public.things for each statement execute function public.touched();
`;
const contents = `select t::text as row from public.things t order by id`;

const roles = {
  'a superuser': 'superuser',
  'a plain role that owns the database': 'createdb in role pg_read_all_data',
};

for (const major of majorsInTurn(4)) {
  for (const [kind, attributes] of Object.entries(roles)) {
    test(`whatever role and database have set, everything works, as ${kind}, on ${major}`, async (t) => {
      const db = await testDatabase(t, { major });
      const { role, target } = await plainRole(db, attributes);
      await db.client.query(
        `alter database "${db.name}" owner to "${role}"; set role "${role}"; ${application}; reset role`,
      );
      const before = (await db.client.query(contents)).rows;
      assert.equal(before.length, 3);
      // To hide damage from a role that cannot help it is refused; see below.
      const settings = Object.keys(otherwise).filter(
        (name) => kind === 'a superuser' || !['ignore_checksum_failure', 'zero_damaged_pages'].includes(name),
      );
      await setOtherwise(db.client, { database: db.name, role }, settings);

      const system = createBackupSystem({ database: target, auth: { token }, logger: silentLogger });
      t.after(() => system.stop());
      const { api } = system;
      await api.init();
      const { id } = await api.createBackup({ wait: true });
      const { backups } = await api.listBackups();
      assert.match(backups[0]!.createdAt, /^\d{4}-\d\d-\d\dT/);
      await api.verifyBackup(id, { wait: true });
      assert.ok(
        (await new Response((await api.downloadBackup(id, 'sql')).stream).text()).includes('array_nulls'),
      );

      await db.client.query('delete from public.things; drop view public.days');
      await api.restore({ backupId: id, wait: true });
      assert.deepEqual((await db.client.query(contents)).rows, before);
      assert.equal((await db.client.query('select from public.days')).rowCount, 1);

      const copy = db.freeName();
      await api.restore({ backupId: id, target: { mode: 'new-database', database: copy }, wait: true });
      // It has the settings of the database as well, and the rows are to be looked at without.
      await db.client.query(`alter database "${copy}" reset all`);
      const restored = await openClient(serverTarget(db.server, copy));
      assert.deepEqual((await restored.query(contents)).rows, before);
      await restored.end();

      await api.updateSchedule({ enabled: true, frequency: 'hourly', time: '00:30', timezone: 'UTC' });
      await db.client.query(`update public.backup_schedule set handled_until = now() - interval '3 hours'`);
      await system.start();
      await until(async () => {
        const scheduled = await api.listBackups({ trigger: 'schedule' });
        return scheduled.backups.some((backup) => backup.status === 'completed');
      });
      await api.cleanUp({ wait: true });
      await api.deleteBackup(id);
      assert.deepEqual(
        (await api.listBackups()).backups.filter(({ status }) => status !== 'completed'),
        [],
      );
      await system.stop();
    });
  }
}

test('a role for which damage is hidden, and that cannot help it, takes no backup', async (t) => {
  const db = await testDatabase(t);
  const { role, target } = await plainRole(db, 'in role pg_read_all_data');
  await db.client.query(`alter database "${db.name}" owner to "${role}"; create table t (a int)`);
  const system = createBackupSystem({ database: target, auth: { token }, logger: silentLogger });
  t.after(() => system.stop());
  await system.api.init();
  await db.client.query(`alter role "${role}" in database "${db.name}" set zero_damaged_pages = on`);
  const other = createBackupSystem({ database: target, auth: { token }, logger: silentLogger });
  t.after(() => other.stop());
  await assert.rejects(other.api.createBackup({ wait: true }), {
    code: 'DATA_CORRUPTED',
    message: /zero_damaged_pages/,
  });
  const url = `postgres://${role}:plain@${db.server.host}:${db.server.port}/${db.name}`;
  const doctor = await holdfast(['doctor', '--json'], { url });
  const checks = doctor.json<{ checks: { name: string; code: string }[] }>().checks;
  assert.equal(checks.find(({ name }) => name === 'settings')?.code, 'DATA_CORRUPTED');
  await db.client.query(`alter role "${role}" in database "${db.name}" reset all`);
  const last = createBackupSystem({ database: target, auth: { token }, logger: silentLogger });
  t.after(() => last.stop());
  assert.equal((await last.api.createBackup({ wait: true })).status, 'completed');
});

for (const style of ['German, DMY', 'SQL, MDY', 'Postgres, DMY']) {
  test(`times are read right with DateStyle ${style}`, async (t) => {
    const db = await testDatabase(t);
    await db.client.query(`create table t (d timestamptz default now()); insert into t default values`);
    await db.client.query(`alter database "${db.name}" set DateStyle = '${style}'`);
    const system = createBackupSystem({ database: db.target, auth: { token }, logger: silentLogger });
    t.after(() => system.stop());
    await system.api.init();
    const { id } = await system.api.createBackup({ wait: true });
    const age = Date.now() - Date.parse((await system.api.getBackup(id)).finishedAt!);
    assert.ok(Math.abs(age) < 600_000);
    assert.equal((await system.api.restore({ backupId: id, wait: true })).status, 'completed');
  });
}
