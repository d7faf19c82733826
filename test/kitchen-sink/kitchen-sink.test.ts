import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { contentDifferences, contents, schemaScript } from '../support/compare.ts';
import { testDatabase } from '../support/database.ts';
import { testedMajors } from '../support/servers.ts';
import { randomDatabase } from './random-schema.ts';
import { createKitchenSink } from './kitchen-sink.ts';

/** Types of pg_catalog that a column can have and that none of the kitchen sink's columns has. */
const missingTypes = `
  select t.typname from pg_type t
  where t.typnamespace = 'pg_catalog'::regnamespace and t.typtype in ('b', 'r', 'm') and t.typcategory <> 'A'
    and not exists (select from pg_attribute a join pg_class c on c.oid = a.attrelid
                    where a.atttypid = t.oid and c.relnamespace = 'sink'::regnamespace and c.relkind = 'r')`;

/** Catalogs of which the kitchen sink must have entries of its own, each with a condition. */
const catalogs = {
  pg_aggregate: 'aggfnoid >= 16384',
  pg_am: 'oid >= 16384',
  pg_amop: 'oid >= 16384',
  pg_cast: 'oid >= 16384',
  pg_collation: 'oid >= 16384',
  pg_conversion: 'oid >= 16384',
  pg_default_acl: 'true',
  pg_description: 'objoid >= 16384',
  pg_event_trigger: 'true',
  pg_foreign_data_wrapper: 'true',
  pg_foreign_server: 'true',
  pg_foreign_table: 'true',
  pg_inherits: 'true',
  pg_largeobject_metadata: 'true',
  pg_opclass: 'oid >= 16384',
  pg_operator: 'oid >= 16384',
  pg_policy: 'true',
  pg_publication: 'true',
  pg_publication_rel: 'true',
  pg_range: 'rngtypid >= 16384',
  pg_rewrite: 'oid >= 16384',
  pg_sequence: 'true',
  pg_statistic_ext: 'true',
  pg_subscription: 'true',
  pg_transform: 'true',
  pg_trigger: 'not tgisinternal',
  pg_ts_config: 'oid >= 16384',
  pg_ts_dict: 'oid >= 16384',
  pg_ts_parser: 'oid >= 16384',
  pg_ts_template: 'oid >= 16384',
  pg_user_mapping: 'true',
};

for (const major of testedMajors) {
  test(`the kitchen sink has something of everything on PostgreSQL ${major}`, async (t) => {
    const { client } = await testDatabase(t, { major });
    await createKitchenSink(client, major);
    assert.deepEqual((await client.query(missingTypes)).rows, []);
    for (const [catalog, condition] of Object.entries(catalogs)) {
      const { rowCount } = await client.query(`select from ${catalog} where ${condition} limit 1`);
      assert.equal(rowCount, 1, `nothing in ${catalog}`);
    }
  });

  test(`random databases can be made on PostgreSQL ${major}`, async (t) => {
    const { createDatabase } = await testDatabase(t, { major });
    const makes = fc.asyncProperty(randomDatabase, async (random) => {
      await random.create((await createDatabase()).client);
    });
    await fc.assert(makes, { numRuns: 5 });
  });
}

test('two kitchen sinks have the same schema, and a change of one value is seen', async (t) => {
  const first = await testDatabase(t);
  const second = await first.createDatabase();
  await createKitchenSink(first.client, 18);
  // Other OIDs, so that a dump that shows them differs.
  await second.client.query('create table in_the_way (id serial primary key); drop table in_the_way');
  await createKitchenSink(second.client, 18);
  assert.equal(await schemaScript(second.target), await schemaScript(first.target));

  const before = await contents(first.client);
  await first.client.query(`update sink.documents set j = '{"a":1}'::json where id = 1`);
  await first.client.query('select setval($1, 4, false)', ['sink.never_called']);
  const differences = contentDifferences(await contents(first.client), before);
  assert.deepEqual(
    differences.map((line) => line.split('\n')[0]),
    ['table sink.documents', 'sequence sink.never_called'],
  );
});
