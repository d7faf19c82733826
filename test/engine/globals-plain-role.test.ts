import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GlobalsOptions } from '../../src/contract/globals.ts';
import { globalsPlan, restoreGlobals } from '../../src/engine/globals/restore.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { openClient } from '../support/connect.ts';
import { outermostMajors, privateServer } from '../support/servers.ts';
import { takeGlobals } from './server-globals.ts';

const keep: GlobalsOptions = { onDifferent: 'keep', confirm: [], tablespaces: true };

// Of a provider the owner of a database is one like this: it may create roles, and is no superuser.
for (const major of outermostMajors) {
  test(`PostgreSQL ${major}: a role that may create roles and is no superuser brings plain roles back, and what it may not make ends it whole`, async (t) => {
    const [source, target] = await Promise.all([privateServer(t, { major }), privateServer(t, { major })]);
    const client = await source.client();
    await client.query(`
      create role readers; create role app login password 'secret' connection limit 7 valid until '2031-01-01';
      grant readers to app; alter role app set work_mem = '8MB'; comment on role app is 'of the shop';
      create role boss superuser login`);
    const { globals } = await takeGlobals(source.target(), memoryStore(), { passwords: 'anywhere' });
    const there = await target.client();
    await there.query(`create role maker login createrole password 'maker'`);
    const live = { ...target.target(), user: 'maker', password: 'maker' };
    const work = { live, lockTimeoutMs: 5_000 };
    const rolesThere = async (): Promise<string[]> =>
      (
        await there.query<{ rolname: string }>(
          `select rolname from pg_roles where rolname in ('app', 'boss', 'readers') order by 1`,
        )
      ).rows.map(({ rolname }) => rolname);

    // It asks for power that it does not have.
    const greedy = { ...keep, confirm: ['SUPERUSER of role boss'] };
    const planned = await globalsPlan(globals!, greedy, work);
    assert.ok(planned.warnings.some((each) => each.startsWith('Role maker is no superuser')));
    await assert.rejects(
      restoreGlobals(globals!, greedy, work),
      (error: { code: string; message: string }) => {
        assert.equal(error.code, 'INSUFFICIENT_PRIVILEGE');
        assert.match(
          error.message,
          /^The SUPERUSER of role boss could not be made: .*Everything was rolled back\.$/s,
        );
        return true;
      },
    );
    assert.deepEqual(await rolesThere(), []);

    const report = await restoreGlobals(globals!, keep, work);
    assert.deepEqual(await rolesThere(), ['app', 'boss', 'readers']);
    const { rows } = await there.query(
      `select rolsuper, rolcanlogin, rolconnlimit, rolvaliduntil is not null as ends, rolpassword like 'SCRAM-SHA-256$%' as password,
         shobj_description(a.oid, 'pg_authid') as comment, pg_has_role('app', 'readers', 'member') as member,
         (select setconfig[1] from pg_db_role_setting s where s.setrole = a.oid) as setting
         from pg_authid a where rolname = 'app'`,
    );
    assert.deepEqual(rows, [
      {
        rolsuper: false,
        rolcanlogin: true,
        rolconnlimit: 7,
        ends: true,
        password: true,
        comment: 'of the shop',
        member: true,
        setting: 'work_mem=8MB',
      },
    ]);
    // The way back needs no more than the way there.
    const maker = await openClient(live);
    t.after(() => maker.end());
    for (const statement of report.undo) await maker.query(statement);
    assert.deepEqual(await rolesThere(), []);
  });
}
