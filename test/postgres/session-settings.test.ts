import assert from 'node:assert/strict';
import test from 'node:test';
import { openClient } from '../../src/postgres/connection.ts';
import { openPool } from '../../src/postgres/pool.ts';
import {
  conductSettings,
  dataSettings,
  durabilitySetting,
  privilegedSettings,
} from '../../src/postgres/session-settings.ts';
import { testDatabase } from '../support/database.ts';
import { plainRole } from '../api/role.ts';
import { setOtherwise } from '../support/settings.ts';
import { testedMajors } from '../support/servers.ts';

const ours = [
  ...Object.keys(dataSettings),
  ...Object.keys(conductSettings),
  ...Object.keys(privilegedSettings),
  durabilitySetting,
];

/**
 * Settings that a role or a database may have set and that we leave as they are, by the reason why. A setting of
 * PostgreSQL that is in none of the lists fails the test: somebody has to think about it.
 */
const leftAlone: Record<string, { categories?: RegExp; names?: string[] }> = {
  'decides how fast the server comes to the same answer': {
    categories: /^(Query Tuning|Resource Usage)/,
    names: [
      'commit_delay',
      'commit_siblings',
      'deadlock_timeout',
      'debug_discard_caches',
      'debug_parallel_query',
      'file_copy_method',
      'force_parallel_mode',
      'gin_pending_list_limit',
      'jit_expressions',
      'jit_tuple_deforming',
      'wal_compression',
      'wal_init_zero',
      'wal_recycle',
      'wal_skip_threshold',
    ],
  },
  'decides what the server counts about itself or writes into its own log': {
    categories: /^(Reporting and Logging|Statistics)/,
    names: [
      'backtrace_functions',
      'jit_dump_bitcode',
      'trace_notify',
      'trace_sort',
      'wal_consistency_checking',
    ],
  },
  'decides how VACUUM works, which we do not run': {
    categories: /^Vacuuming/,
    names: [
      'vacuum_failsafe_age',
      'vacuum_freeze_min_age',
      'vacuum_freeze_table_age',
      'vacuum_multixact_failsafe_age',
      'vacuum_multixact_freeze_min_age',
      'vacuum_multixact_freeze_table_age',
    ],
  },
  'takes effect at login only, so that nothing can be said about it afterwards': {
    names: [
      'ignore_system_indexes',
      'jit_debugging_support',
      'jit_profiling_support',
      'local_preload_libraries',
      'post_auth_delay',
      'session_preload_libraries',
    ],
  },
  'belongs to the transaction under way, which the login ended': {
    names: ['transaction_deferrable', 'transaction_isolation', 'transaction_read_only'],
  },
  'decides about passwords and roles, of which we make none': {
    names: ['createrole_self_grant', 'md5_password_warnings', 'password_encryption', 'scram_iterations'],
  },
  'says where and how the administrator wants files to be kept': {
    names: [
      'allow_in_place_tablespaces',
      'default_tablespace',
      'default_toast_compression',
      'dynamic_library_path',
      'extension_control_path',
      'temp_tablespaces',
    ],
  },
  'allows a superuser more, and takes nothing away': {
    names: ['allow_system_table_mods', 'event_triggers', 'lo_compat_privileges'],
  },
  'matters to what the application computes, and is set where that is computed': {
    names: ['default_text_search_config'],
  },
  'is set by the restore for the definitions it runs': { names: ['check_function_bodies'] },
  'gives warnings about string constants, which are not shown': { names: ['escape_string_warning'] },
  'is about replication connections, of which we open none': {
    names: ['debug_logical_replication_streaming', 'wal_sender_timeout'],
  },
  'is about the network between server and client': {
    names: ['client_connection_check_interval'],
  },
};

function reasonToLeave(name: string, category: string): string | undefined {
  const [found] =
    Object.entries(leftAlone).find(
      ([, { categories, names }]) => names?.includes(name) || categories?.test(category),
    ) ?? [];
  return found;
}

for (const major of testedMajors) {
  test(`every setting that a role or a database may have is set by us or left for a reason, on ${major}`, async (t) => {
    const { client } = await testDatabase(t, { major });
    const { rows } = await client.query<{ name: string; category: string }>(
      `select name, category from pg_settings
        where context in ('user', 'superuser', 'backend', 'superuser-backend')`,
    );
    assert.ok(rows.length > 100);
    const undecided = rows.filter(
      ({ name, category }) => !ours.includes(name) && reasonToLeave(name, category) === undefined,
    );
    assert.deepEqual(undecided, []);
    const decidedTwice = rows.filter(
      ({ name }) =>
        ours.includes(name) && Object.values(leftAlone).some(({ names }) => names?.includes(name)),
    );
    assert.deepEqual(decidedTwice, []);
  });

  for (const kind of ['a superuser', 'a plain role'] as const) {
    test(`a connection of ${kind} begins with our settings, whatever role and database say, on ${major}`, async (t) => {
      const db = await testDatabase(t, { major });
      const { client, name } = db;
      const { role, target } = await plainRole(db, kind === 'a superuser' ? 'superuser' : '');
      const known = new Set(
        (await client.query<{ name: string }>('select name from pg_settings')).rows.map((row) => row.name),
      );
      const expected = Object.fromEntries(
        Object.entries({
          ...dataSettings,
          ...conductSettings,
          ...(kind === 'a superuser' ? privilegedSettings : {}),
          [durabilitySetting]: 'on',
        }).filter(([setting]) => known.has(setting)),
      );
      // A plain role is not made to face what only a superuser can undo.
      await setOtherwise(client, { database: name, role }, Object.keys(expected));
      const plain = await openClient(target);
      t.after(() => plain.end());
      const pool = openPool(target, { max: 1, applicationName: 'test', lockTimeoutMs: 1234 });
      t.after(() => pool.close());
      const question = `select name, setting from pg_catalog.pg_settings
        where name operator(pg_catalog.=) any ($1::pg_catalog.text[])`;
      const names = Object.keys(expected);
      const [one, two] = [
        (await plain.query<{ name: string; setting: string }>(question, [names])).rows,
        await pool.query<{ name: string; setting: string }>(question, [names]),
      ].map((rows) => Object.fromEntries(rows.map((row) => [row.name, row.setting])));
      assert.deepEqual(one, expected);
      assert.deepEqual(two, { ...expected, lock_timeout: '1234' });
    });
  }
}

test('a statement that fails does not end a connection, whatever exit_on_error says', async (t) => {
  const { client, target, name } = await testDatabase(t);
  await client.query(`alter database "${name}" set exit_on_error = on`);
  const pool = openPool(target, { max: 1, applicationName: 'test' });
  t.after(() => pool.close());
  const answer = await pool.transaction(async (connection) => {
    await connection.query('savepoint here');
    await assert.rejects(connection.query('select 1 / 0'));
    await connection.query('rollback to here');
    return connection.query('select 1 as one');
  });
  assert.deepEqual(answer, [{ one: 1 }]);
});

test('a connection that is to have a statement_timeout opens where the role has another one', async (t) => {
  const db = await testDatabase(t);
  const { role, target } = await plainRole(db, '');
  await db.client.query(`alter role "${role}" set statement_timeout = '5s'`);
  const client = await openClient(target, {
    settings: { statement_timeout: '30000' },
    connectTimeoutMs: 5_000,
  });
  const { rows } = await client.query('show statement_timeout');
  await client.end();
  assert.deepEqual(rows, [{ statement_timeout: '30s' }]);
});
