import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { createBackupSystem, silentLogger } from '../../src/index.ts';
import { plainRole } from '../api/role.ts';
import { token } from '../api/system.ts';
import { holdfast } from '../cli/holdfast.ts';
import { openClient } from '../support/connect.ts';
import { testDatabase } from '../support/database.ts';
import { serverTarget, majorsInTurn } from '../support/servers.ts';
import { until } from '../support/until.ts';
import { evilSchema } from './evil-schema.ts';

/** Everything a backup and a restore have something of their own to do for. */
const application = `
  create table public.customers (id int primary key, name text not null, tags text[]);
  create table public.orders (id bigint generated always as identity primary key, customer int not null references public.customers,
    amount numeric(10, 2), at timestamptz not null default now(), gross numeric generated always as (amount * 1.2) stored);
  create table public.parts (id int, region text, primary key (id, region)) partition by list (region);
  create table public.parts_north partition of public.parts for values in ('north');
  create table public.parts_south partition of public.parts for values in ('south');
  create index on public.orders (amount, at);
  create sequence public.numbers;
  create view public.named as select o.id, c.name from public.orders o join public.customers c on c.id = o.customer;
  create materialized view public.totals as select customer, sum(amount) as amount from public.orders group by customer;
  insert into public.customers select n, 'customer ' || n, array['a', null, n::text] from generate_series(1, 20) n;
  insert into public.orders (customer, amount) select 1 + n % 20, n from generate_series(1, 300) n;
  insert into public.parts select n, case n % 2 when 0 then 'north' else 'south' end from generate_series(1, 50) n;
  refresh materialized view public.totals;
  select nextval('public.numbers'), lo_from_bytea(4712, 'large');
`;

const roles = {
  'a superuser': 'superuser',
  'a plain role that owns the database and has pg_read_all_data': 'createdb in role pg_read_all_data',
};

for (const major of majorsInTurn(0)) {
  for (const [kind, attributes] of Object.entries(roles)) {
    test(`nothing in front of pg_catalog is ever called, as ${kind}, on ${major}`, async (t) => {
      const db = await testDatabase(t, { major });
      const { role, target } = await plainRole(db, attributes);
      await db.client.query(`alter database "${db.name}" owner to "${role}"`);
      const mine = await openClient(target);
      t.after(() => mine.end());
      await mine.query(application);
      const alarm = `EVIL ${db.name}`;
      await mine.query(await evilSchema(db.client, alarm));
      await db.client.query(`
        alter database "${db.name}" set search_path = evil, pg_catalog;
        alter role "${role}" set search_path = evil, pg_catalog`);

      const log = path.join(db.server.dataDirectory, 'server.log');
      const alarms = async (): Promise<string[]> =>
        (await fs.readFile(log, 'utf8')).split('\n').filter((line) => line.includes(`ERROR:  ${alarm}`));
      // It would be heard of: by somebody who logs in as everybody does.
      const victim = await openClient(target);
      for (const trap of [
        `select current_setting('server_version')`,
        `select 1 = 1`,
        `select '1'::text`,
        `select from pg_class`,
        `select count(*)`,
        `select unnest('{}'::pg_catalog.bytea[])`,
        `select array_position(array['a'], 'a')`,
      ]) {
        await assert.rejects(victim.query(trap), (error: Error) => error.message.startsWith(alarm), trap);
      }
      await victim.end();
      const before = (await alarms()).length;
      assert.equal(before, 7);

      const system = createBackupSystem({ database: target, auth: { token }, logger: silentLogger });
      t.after(() => system.stop());
      const { api } = system;
      await api.init();
      await api.status();
      await api.listTables();
      const { id } = await api.createBackup({ wait: true });
      await api.verifyBackup(id, { wait: true });
      await api.getBackup(id);
      await api.getBackupSchema(id);
      assert.ok((await new Response((await api.downloadBackup(id)).stream).arrayBuffer()).byteLength > 0);
      await mine.query('delete from public.orders; drop materialized view public.totals');
      await api.planRestore({ backupId: id });
      await api.restore({ backupId: id, wait: true });
      assert.equal((await mine.query('select from public.totals')).rows.length, 20);
      const copy = db.freeName();
      const into = { mode: 'new-database', database: copy } as const;
      await api.planRestore({ backupId: id, target: into });
      await api.restore({ backupId: id, target: into, wait: true });

      await api.updateSchedule({
        enabled: true,
        frequency: 'hourly',
        time: '00:30',
        timezone: 'UTC',
        maxBackups: 1,
      });
      await api.previewSchedule();
      await api.previewRetention();
      await mine.query(
        `update public.backup_schedule set handled_until = pg_catalog.now() - interval '3 hours'`,
      );
      await system.start();
      await until(async () => {
        const { backups } = await api.listBackups({ trigger: 'schedule' });
        return backups.some((backup) => backup.status === 'completed');
      });
      await api.pinBackup(id);
      await api.cleanUp({ wait: true });
      await api.listCleanups();
      await api.pinBackup(id, false);
      await api.deleteBackup(id);
      const url = `postgres://${role}:plain@${db.server.host}:${db.server.port}/${db.name}`;
      const doctor = await holdfast(['doctor'], { url });
      assert.equal(doctor.code, 0, doctor.stdout + doctor.stderr);
      const typed = await holdfast(['sql', 'select count(*) from orders', '--json'], { url });
      assert.deepEqual(typed.json<{ rows: unknown }>().rows, [{ count: '300' }], typed.stderr);
      await system.stop();
      assert.deepEqual((await alarms()).slice(before), []);

      // The copy has the schema as well, and the role its search_path.
      const restored = await openClient(serverTarget(db.server, copy));
      t.after(() => restored.end());
      assert.equal((await restored.query('select from public.orders')).rows.length, 300);
    });
  }
}
