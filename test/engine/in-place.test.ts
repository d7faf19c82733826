import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { HoldfastError, type ErrorCode } from '../../src/base/errors.ts';
import { memoryStore } from '../../src/store/memory.ts';
import type { Store } from '../../src/store/store.ts';
import { assertSameState, databaseState } from '../support/compare.ts';
import { testDatabase, type FirstTestDatabase } from '../support/database.ts';
import { planRestore, restoreRequest, runRestore, takeBackup } from './runs.ts';

const inPlace = { target: { mode: 'in-place' } } as const;

const code =
  (expected: ErrorCode) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof HoldfastError, String(error));
    assert.equal(error.code, expected, error.message);
    return true;
  };

/** A small bank with everything that stands in the way of a restore in place. */
async function bank(t: TestContext): Promise<FirstTestDatabase> {
  const db = await testDatabase(t);
  await db.client.query(`
    create table branches (id int generated always as identity primary key, name text not null unique);
    create table accounts (id serial primary key, branch int not null references branches, balance numeric not null,
      doubled numeric generated always as (balance * 2) stored, parent int references accounts);
    create table moves (id bigserial, account int not null references accounts on delete cascade, day date not null,
      amount numeric, primary key (day, id)) partition by range (day);
    create table moves_2025 partition of moves for values from ('2025-01-01') to ('2026-01-01');
    create table moves_2026 partition of moves for values from ('2026-01-01') to ('2027-01-01');
    create table audit (at timestamptz default clock_timestamp(), what text);
    create function note() returns trigger language plpgsql as $$ begin
      insert into public.audit (what) values (tg_table_name || ' ' || tg_op); return null; end $$;
    create trigger note_accounts after insert or update or delete or truncate on accounts
      for each statement execute function note();
    create trigger off after insert on accounts for each row execute function note();
    alter table accounts disable trigger off;
    create trigger always after insert on branches for each row execute function note();
    alter table branches enable always trigger always;
    create trigger replica after insert on branches for each row execute function note();
    alter table branches enable replica trigger replica;
    create trigger per_row after insert on moves for each row execute function note();
    alter table moves_2026 disable trigger per_row;
    create materialized view totals as select branch, sum(balance) from accounts group by 1;
    create view rich as select * from accounts where balance > 100;
    create index accounts_by_branch on accounts (branch);
    comment on constraint accounts_branch_fkey on accounts is 'every account has a branch';
    insert into branches (name) select 'branch ' || i from generate_series(1, 10) i;
    insert into accounts (branch, balance, parent) select 1 + i % 10, i * 10, nullif(i - 1, 0) from generate_series(1, 500) i;
    insert into moves (account, day, amount) select 1 + i % 500, '2025-06-01'::date + i % 400, i from generate_series(1, 2000) i;
    refresh materialized view totals;
    truncate audit;
  `);
  return db;
}

async function damage(db: FirstTestDatabase): Promise<void> {
  await db.client.query(`
    delete from moves where amount > 1000; update accounts set balance = 0 where id % 2 = 0;
    insert into branches (name) values ('new one'); insert into accounts (branch, balance) values (11, 1);
    select setval('accounts_id_seq', 90000); select nextval('moves_id_seq'); refresh materialized view totals;
    truncate audit;
  `);
}

test('a full restore in place brings back rows, sequences, triggers, keys and materialized views', async (t) => {
  const db = await bank(t);
  const store = memoryStore();
  const manifest = await takeBackup(db.target, store);
  const before = await databaseState(db.target);
  await damage(db);
  const report = await runRestore(db.target, store, manifest, inPlace);
  assertSameState(await databaseState(db.target), before);
  assert.deepEqual(
    report.tables.map(({ table, rows }) => [table, rows]),
    [
      ['public.accounts', 500],
      ['public.audit', 0],
      ['public.branches', 10],
      ['public.moves_2025', 1070],
      ['public.moves_2026', 930],
    ],
  );
});

test('chosen tables alone are restored, and keys from other tables are proved', async (t) => {
  const db = await bank(t);
  const store = memoryStore();
  const manifest = await takeBackup(db.target, store);
  await db.client.query(`update accounts set balance = -1; insert into audit (what) values ('kept')`);
  await runRestore(db.target, store, manifest, { ...inPlace, tables: ['accounts'] });
  const { rows } = await db.client.query(
    `select (select sum(balance) from accounts) as balance, (select count(*) from audit where what = 'kept') as kept,
       (select sum(sum) from totals) as totals, (select count(*) from pg_constraint where contype = 'f' and conparentid = 0) as keys`,
  );
  assert.deepEqual(rows, [{ balance: '1252500', kept: '1', totals: '1252500', keys: '3' }]);
});

test('a dropped table comes back with everything that went with it', async (t) => {
  const db = await bank(t);
  const store = memoryStore();
  const manifest = await takeBackup(db.target, store);
  const before = await databaseState(db.target);
  await db.client.query('drop table accounts cascade');
  const report = await runRestore(db.target, store, manifest, { ...inPlace, tables: ['accounts'] });
  const after = await databaseState(db.target);
  assert.ok(report.created.includes('TABLE public.accounts'), report.created.join());
  assert.ok(report.created.includes('FK CONSTRAINT public.moves moves_account_fkey'), report.created.join());
  // The objects are the same; pg_dump's order of them may not be.
  const sorted = (script: string): string[] => script.split('\n-- {').sort();
  assert.deepEqual(sorted(after.schema), sorted(before.schema));
  assertSameState({ ...after, schema: '' }, { ...before, schema: '' });
});

test('a dropped partitioned table is named by its parent and comes back', async (t) => {
  const db = await bank(t);
  const store = memoryStore();
  const manifest = await takeBackup(db.target, store);
  await db.client.query('drop table moves');
  await runRestore(db.target, store, manifest, { ...inPlace, tables: ['public.moves'] });
  const { rows } = await db.client.query(
    `select count(*), sum(amount), (select tgenabled from pg_trigger where tgrelid = 'moves_2026'::regclass and tgname = 'per_row') as off from moves`,
  );
  assert.deepEqual(rows, [{ count: '2000', sum: '2001000', off: 'D' }]);
});

/** Runs a restore that must fail, and proves that it changed nothing and that the next backup works. */
async function mustChangeNothing(
  db: FirstTestDatabase,
  expected: ErrorCode,
  attempt: () => Promise<unknown>,
): Promise<void> {
  const before = await databaseState(db.target);
  await assert.rejects(attempt(), code(expected));
  assertSameState(await databaseState(db.target), before);
  const { rows } = await db.client.query(
    `select count(*) as left from pg_stat_activity where datname = current_database() and application_name like 'holdfast%' and state <> 'idle'`,
  );
  assert.deepEqual(rows, [{ left: '0' }], 'no connection of the restore is at work');
  await takeBackup(db.target, memoryStore());
}

test('a foreign key that no longer holds rolls everything back', async (t) => {
  const db = await bank(t);
  const store = memoryStore();
  const manifest = await takeBackup(db.target, store);
  await damage(db);
  // Account 501 is of branch 11, which the backup does not have.
  await mustChangeNothing(db, 'CONSTRAINT_VIOLATED', () =>
    runRestore(db.target, store, manifest, { ...inPlace, tables: ['branches'] }),
  );
});

test('a damaged, truncated or missing chunk rolls everything back', async (t) => {
  const db = await bank(t);
  const store = memoryStore();
  const manifest = await takeBackup(db.target, store);
  await damage(db);
  const victim =
    manifest.tables.find((table) => table.name === 'moves_2026')?.ranges[0]?.segments[0]?.chunks[0]?.id ?? '';
  const kept = store.chunks.get(victim);
  assert.ok(kept);
  const flipped = Uint8Array.from(kept.frame);
  flipped[20] = (flipped[20] ?? 0) ^ 1;
  for (const frame of [flipped, kept.frame.subarray(0, kept.frame.length - 1)]) {
    store.chunks.set(victim, { ...kept, frame });
    await mustChangeNothing(db, 'CHUNK_CORRUPT', () => runRestore(db.target, store, manifest, inPlace));
  }
  store.chunks.delete(victim);
  await mustChangeNothing(db, 'CHUNK_MISSING', () => runRestore(db.target, store, manifest, inPlace));
});

test('a manifest that promises other row counts is found out', async (t) => {
  const db = await bank(t);
  const store = memoryStore();
  const manifest = await takeBackup(db.target, store);
  const range = manifest.tables.find((table) => table.name === 'accounts')?.ranges[0];
  assert.ok(range);
  range.rows += 1;
  await mustChangeNothing(db, 'PROOF_FAILED', () => runRestore(db.target, store, manifest, inPlace));
});

/** A store whose chunks come only after something else has happened. */
function interrupting(store: Store, afterChunks: number, happen: () => Promise<void>): Store {
  let given = 0;
  return {
    ...store,
    async getChunks(ids) {
      if ((given += ids.length) > afterChunks) await happen();
      return store.getChunks(ids);
    },
  };
}

test('a connection that is killed midway rolls everything back', async (t) => {
  const db = await bank(t);
  const store = memoryStore();
  const manifest = await takeBackup(db.target, store);
  await damage(db);
  const killing = interrupting(store, 2, async () => {
    await db.client.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'holdfast restore' and datname = current_database()`,
    );
  });
  await mustChangeNothing(db, 'DATABASE_UNREACHABLE', () =>
    runRestore(db.target, killing, manifest, inPlace),
  );
});

test('a store that fails midway rolls everything back', async (t) => {
  const db = await bank(t);
  const store = memoryStore();
  const manifest = await takeBackup(db.target, store);
  await damage(db);
  const failing = interrupting(store, 2, async () => {
    throw new HoldfastError('STORE_FAILED', 'no space left on device');
  });
  await mustChangeNothing(db, 'STORE_FAILED', () => runRestore(db.target, failing, manifest, inPlace));
});

test('cancelling at any point rolls everything back', async (t) => {
  const db = await bank(t);
  const store = memoryStore();
  const manifest = await takeBackup(db.target, store);
  await damage(db);
  for (const afterChunks of [0, 1, 3]) {
    const controller = new AbortController();
    const cancelling = interrupting(store, afterChunks, async () => controller.abort());
    await mustChangeNothing(db, 'CANCELLED', () =>
      runRestore(db.target, cancelling, manifest, inPlace, { signal: controller.signal }),
    );
  }
  for (const phase of ['schema', 'indexes', 'constraints', 'finishing']) {
    const controller = new AbortController();
    await mustChangeNothing(db, 'CANCELLED', () =>
      runRestore(db.target, store, manifest, inPlace, {
        signal: controller.signal,
        onProgress: (progress) => {
          if (progress.phase === phase) controller.abort();
        },
      }),
    );
  }
});

test('a table that someone else holds ends in a lock timeout', async (t) => {
  const db = await bank(t);
  const store = memoryStore();
  const manifest = await takeBackup(db.target, store);
  const holder = await db.adopt(db.name);
  await holder.client.query('begin; lock table accounts in row exclusive mode');
  await assert.rejects(
    runRestore(db.target, store, manifest, { ...inPlace, lockTimeoutMs: 200 }),
    code('LOCK_TIMEOUT'),
  );
  await holder.client.query('rollback');
});

test('drift is refused with the differences named', async (t) => {
  const db = await bank(t);
  const store = memoryStore();
  const manifest = await takeBackup(db.target, store);
  await db.client.query(`
    alter table branches rename column name to label; alter table branches add column opened date;
    drop view rich; alter table audit alter column what type varchar(20)`);
  await mustChangeNothing(db, 'SCHEMA_DRIFT', () => runRestore(db.target, store, manifest, inPlace));
  const plan = await planRestore(db.target, manifest, restoreRequest());
  assert.deepEqual(
    plan.drift.map(({ table, difference }) => `${table}: ${difference}`),
    [
      'public.audit: column "what" is character varying(20) in the database and text in the backup',
      'public.branches: column "name" (text) is in the backup and not in the database',
      'public.branches: column "label" (text) is in the database and not in the backup',
      'public.branches: column "opened" (date) is in the database and not in the backup',
    ],
  );
});

test('a failed restore into a new database leaves no database', async (t) => {
  const db = await bank(t);
  const store = memoryStore();
  const manifest = await takeBackup(db.target, store);
  store.chunks.delete(manifest.tables[0]?.ranges[0]?.segments[0]?.chunks[0]?.id ?? '');
  const database = db.freeName();
  await assert.rejects(
    runRestore(db.target, store, manifest, { target: { mode: 'new-database', database } }),
    code('CHUNK_MISSING'),
  );
  const { rows } = await db.client.query(
    `select datname from pg_database where datname = $1 or datname like 'holdfast_unfinished%' || right($1, 10)`,
    [database],
  );
  assert.deepEqual(rows, []);
});
