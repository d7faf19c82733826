import { inTurn } from '../support/servers.ts';
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { openClient } from '../support/connect.ts';
import { HoldfastError } from '../../src/base/errors.ts';
import type { Manifest } from '../../src/format/manifest.ts';
import type { Store } from '../../src/store/store.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { testDatabase } from '../support/database.ts';
import { takeBackup } from './runs.ts';
import { runDrill, shownProblems } from './drills.ts';

const shop = `
  create schema sales;
  create sequence sales.numbers start 41;
  create table sales.customer (id int primary key generated always as identity, email text unique not null, born date);
  create table sales.orders (id bigint primary key, customer int not null references sales.customer, total numeric check (total >= 0), note text);
  create index on sales.orders (customer);
  create view sales.totals as select customer, sum(total) as total from sales.orders group by 1;
  create materialized view sales.best as select * from sales.totals where total > 10;
  insert into sales.customer (email, born) select 'user' || i || '@example.org', date '1990-01-01' + i from generate_series(1, 500) i;
  insert into sales.orders select i, i % 500 + 1, i, repeat('x', i % 200) || E'\\n\\t\\\\' from generate_series(1, 5000) i;
  refresh materialized view sales.best;
  select nextval('sales.numbers'), lo_from_bytea(4711, '\\x0102');
`;

test('a good backup passes, with every level and the phases', async (t) => {
  const { client, target } = await testDatabase(t);
  await client.query(shop);
  const store = memoryStore();
  const manifest = await takeBackup(target, store);
  const found = await runDrill(store, manifest, {
    checks: [
      { name: 'orders', sql: 'select count(*) from sales.orders', expect: 5000 },
      { name: 'truth', sql: 'select exists (select from sales.customer)' },
    ],
  });
  assert.equal(found.verdict, 'passed', shownProblems(found));
  assert.deepEqual(
    found.levels.map(({ level, outcome }) => `${level}: ${outcome}`),
    ['inventory', 'restore', 'rows', 'sequences', 'large-objects', 'schema', 'constraints', 'checks'].map(
      (level) => `${level}: passed`,
    ),
  );
  assert.deepEqual(found.tables.map(({ table, rowsRestored }) => `${table}: ${rowsRestored}`).toSorted(), [
    'sales.customer: 500',
    'sales.orders: 5000',
  ]);
  assert.ok(
    found.tables.every((each) => each.hashInBackup === each.hashRestored && !/^0+$/.test(each.hashRestored)),
  );
  assert.ok(found.restoreMs! > 0 && found.phases.length > 4);
});

async function shopBackup(t: TestContext, more = ''): Promise<{ store: Store; manifest: Manifest }> {
  const { client, target } = await testDatabase(t);
  await client.query(shop + more);
  const store = memoryStore();
  return { store, manifest: await takeBackup(target, store) };
}

/** What is done to the restored database before it is compared, and the level that must notice. */
const harms: Record<string, [sql: string, level: string, problem: RegExp]> = {
  'a value was changed': [
    "update sales.orders set note = note || 'y' where id = 77",
    'rows',
    /sales.orders has as many rows/,
  ],
  'two rows were exchanged for others': [
    'delete from sales.orders where id = 1; insert into sales.orders values (5001, 1, 1)',
    'rows',
    /sales.orders has as many rows/,
  ],
  'a row is missing': [
    'delete from sales.orders where id = 1',
    'rows',
    /4999 rows where the backup has 5000/,
  ],
  'a row is there twice': [
    'alter table sales.orders drop constraint orders_pkey; insert into sales.orders select * from sales.orders limit 1',
    'rows',
    /5001 rows/,
  ],
  'a sequence is off': [
    "select setval('sales.numbers', 7)",
    'sequences',
    /numbers is at 7, and in the backup at 41/,
  ],
  'an identity column is off': [
    'alter table sales.customer alter id restart with 3',
    'sequences',
    /customer_id_seq is at 3, and in the backup at 500/,
  ],
  'a large object was changed': [
    "select lo_put(4711, 0, '\\x09')",
    'large-objects',
    /not those of the backup/,
  ],
  'a large object is missing': ['select lo_unlink(4711)', 'large-objects', /0 large objects/],
  'a constraint is lost': [
    'alter table sales.orders drop constraint orders_customer_fkey',
    'schema',
    /FK CONSTRAINT sales.orders orders_customer_fkey is not in/,
  ],
  'a CHECK is lost': [
    'alter table sales.orders drop constraint orders_total_check',
    'schema',
    /TABLE sales.orders is defined differently/,
  ],
  'a constraint is not validated': [
    'alter table sales.orders drop constraint orders_customer_fkey, add constraint orders_customer_fkey foreign key (customer) references sales.customer not valid',
    'constraints',
    /orders_customer_fkey of orders is not validated/,
  ],
  'an index is lost': ['drop index sales.orders_customer_idx', 'schema', /INDEX sales.orders_customer_idx/],
  'a view says something else': [
    'create or replace view sales.totals as select customer, sum(total) + 1 as total from sales.orders group by 1',
    'schema',
    /VIEW sales.totals is defined differently/,
  ],
};

test('what came back differently is never passed', inTurn(1, 2), async (t) => {
  const { store, manifest } = await shopBackup(t);
  for (const [harm, [sql, level, problem]] of Object.entries(harms)) {
    const found = await runDrill(store, manifest, {
      async onRestored(database) {
        const client = await openClient(database, { applicationName: 'test' });
        await client.query(sql);
        await client.end();
      },
    });
    assert.equal(found.verdict, 'failed', `${harm}: ${shownProblems(found)}`);
    const [first] = found.levels.filter(({ outcome }) => outcome === 'failed');
    const noticed = found.levels.find((each) => each.level === level);
    assert.match(noticed!.problems.join(), problem, `${harm}: ${shownProblems(found)}`);
    assert.ok(first && found.cause?.code === 'DRILL_FAILED', harm);
  }
});

test('the assertions decide with the rest', async (t) => {
  const { store, manifest } = await shopBackup(t);
  const checks = [
    { name: 'too many', sql: 'select count(*) from sales.orders', expect: 4 },
    { name: 'no such table', sql: 'select true from sales.refunds' },
    { name: 'no row', sql: 'select true where false' },
    { name: 'writes', sql: 'delete from sales.orders returning true' },
    { name: 'two statements', sql: 'select true; drop table sales.orders' },
    { name: 'two that only read', sql: 'select true; select true' },
    { name: 'fine', sql: 'select max(note) from sales.orders where id = 0', expect: null },
  ];
  const found = await runDrill(store, manifest, { checks });
  assert.equal(found.verdict, 'failed', shownProblems(found));
  assert.deepEqual(
    found.checks.map(({ name, outcome }) => `${name}: ${outcome}`),
    [
      'too many: failed',
      'no such table: failed',
      'no row: failed',
      'writes: inconclusive',
      'two statements: inconclusive',
      'two that only read: inconclusive',
      'fine: passed',
    ],
  );
  assert.match(found.checks[0]!.problem!, /It gave 5000 instead of 4/);
});

test('a drill that is cancelled ends with that, and leaves nothing', async (t) => {
  const { store, manifest } = await shopBackup(t);
  const stopping = new AbortController();
  await assert.rejects(
    runDrill(store, manifest, {
      signal: stopping.signal,
      onRestored: async () => stopping.abort(new HoldfastError('CANCELLED', 'enough')),
    }),
    (error: HoldfastError) => error.code === 'CANCELLED',
  );
});

test('a backup that is deleted during its drill is not a bad one; one that lacks chunks is', async (t) => {
  const { store, manifest } = await shopBackup(t);
  const document = await store.getManifest(manifest.uuid);
  let deleted = false;
  const emptied = (getManifest: Store['getManifest']): Store => ({
    ...store,
    getManifest,
    getChunks: async (ids) => (deleted ? ids.map(() => undefined) : store.getChunks(ids)),
  });
  const change = (): void => void (deleted = true);
  const gone = await runDrill(
    emptied(async () => undefined),
    manifest,
    { document, change },
  );
  assert.deepEqual(
    [gone.verdict, gone.cause?.message],
    ['inconclusive', 'The backup was deleted during the drill.'],
  );
  deleted = false;
  const lacking = await runDrill(emptied(store.getManifest), manifest, { document, change });
  assert.deepEqual([lacking.verdict, lacking.cause?.code], ['failed', 'CHUNK_MISSING']);
});
