import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { initialize } from '../../src/catalog/initialize.ts';
import { plainKeys, type StoreKeys } from '../../src/format/sealing/keys.ts';
import { openPool } from '../../src/postgres/pool.ts';
import { catalogIndex } from '../../src/store/object-store/catalog-index.ts';
import { objectStore } from '../../src/store/object-store/object-store.ts';
import { counted, noCounts, type Counts } from '../../src/store/objects/counted.ts';
import { parseAddress, type S3Address } from '../../src/store/objects/address.ts';
import { openObjects } from '../../src/store/objects/open.ts';
import { storeKeys } from '../format/sealing/keys.ts';
import { newBucket } from '../support/buckets.ts';
import { testDatabase, type FirstTestDatabase } from '../support/database.ts';
import { withoutRgw } from '../support/rgw.ts';
import { takeBackup } from './runs.ts';
import { everyTest } from '../support/servers.ts';

/*
 * What backups cost in a bucket: objects, requests and bytes, counted on their way to a real S3 server. How long they take is
 * measured in bench/.
 */

const tables = everyTest ? 5_000 : 2_000;
const tablesInOneTransaction = 250;

async function makeSmallTables({ client }: FirstTestDatabase): Promise<void> {
  for (let first = 1; first <= tables; first += tablesInOneTransaction) {
    await client.query(`do $$ begin
      for n in ${first}..${first + tablesInOneTransaction - 1} loop
        execute format('create table tenant_%s_notes (id integer primary key, note text not null, noted_at timestamptz)', n);
        execute format('insert into tenant_%s_notes select line, md5(line::text || %s), timestamptz ''2025-01-01 00:00:00+00''
          from generate_series(1, %s) as line', n, n, n % 40);
      end loop;
    end $$`);
  }
}

interface Bucket {
  counts: Counts;
  take(): Promise<void>;
  objects(): Promise<number>;
  /** What was counted since the last call. */
  spent(): Counts;
}

/** A store in a bucket, with its index in a database of its own. */
async function storeInBucket(t: TestContext, db: FirstTestDatabase, keys: StoreKeys): Promise<Bucket> {
  const bucket = await newBucket(t);
  const counts = noCounts();
  const objects = counted(
    bucket.close(await openObjects(parseAddress(bucket.address) as S3Address, { s3: bucket.credentials })),
    counts,
  );
  const other = await db.createDatabase();
  const pool = openPool(other.target, { max: 4, applicationName: 'test' });
  t.after(() => pool.close());
  await initialize(pool, 'public');
  const index = catalogIndex({ pool, schema: 'public', store: 'bucket', address: objects.address });
  const store = objectStore(objects, index, keys);
  return {
    counts,
    async take() {
      await takeBackup(db.target, store);
    },
    async objects() {
      let count = 0;
      for await (const _ of objects.list('')) count++;
      return count;
    },
    spent() {
      const spent = structuredClone(counts);
      Object.assign(counts, noCounts());
      return spent;
    },
  };
}

const { seal, open } = storeKeys();

test(
  `${tables} small tables in a bucket are few objects, and once more they are one`,
  { skip: withoutRgw },
  async (t) => {
    const db = await testDatabase(t);
    await makeSmallTables(db);
    for (const [kind, keys] of Object.entries({ plain: plainKeys, sealed: { sealed: true, seal, open } })) {
      const bucket = await storeInBucket(t, db, keys);
      await bucket.take();
      const first = bucket.spent();
      const objects = await bucket.objects();
      t.diagnostic(`${kind}: ${objects} objects; ${JSON.stringify(first)}`);
      assert.ok(objects <= 150, `${objects} objects`);
      assert.equal(first.calls.put, objects, 'each is written once');
      assert.equal(first.calls.head + first.calls.delete, 0);
      bucket.spent();

      await bucket.take();
      const second = bucket.spent();
      t.diagnostic(`${kind}, unchanged: ${JSON.stringify(second)}`);
      assert.equal(second.calls.put, 1, 'the document');
      assert.equal(await bucket.objects(), objects + 1);
      assert.ok(
        second.sentBytes <= 0.01 * first.sentBytes,
        `${second.sentBytes} of ${first.sentBytes} bytes`,
      );
    }
  },
);

test(
  'a second backup of a database that has not changed sends less than one hundredth',
  { skip: withoutRgw },
  async (t) => {
    const db = await testDatabase(t);
    await db.client.query(`create table ledger as
    select n as id, md5(n::text) as reference, md5((n * 7)::text) || md5((n * 13)::text) as description
      from generate_series(1, 400000) as n`);
    await db.client.query('alter table ledger add primary key (id)');
    const bucket = await storeInBucket(t, db, plainKeys);
    await bucket.take();
    const first = bucket.spent();
    t.diagnostic(JSON.stringify(first));
    assert.ok(first.sentBytes > 10_000_000);

    await bucket.take();
    const second = bucket.spent();
    t.diagnostic(`unchanged: ${JSON.stringify(second)}`);
    assert.ok(second.sentBytes <= 0.01 * first.sentBytes, `${second.sentBytes} of ${first.sentBytes} bytes`);
    assert.equal(second.calls.put, 1, 'the document');

    // Of one row that has changed, its range.
    await db.client.query(`update ledger set reference = 'changed' where id = 200000`);
    await bucket.take();
    const third = bucket.spent();
    t.diagnostic(`one row changed: ${JSON.stringify(third)}`);
    assert.ok(third.sentBytes <= 0.5 * first.sentBytes);
  },
);
